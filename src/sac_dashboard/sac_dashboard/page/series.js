// Rows of figures by name: the whole run thinned out, and its last minutes as they came.
// Copyright 2026 The rtsac authors. SPDX-License-Identifier: Apache-2.0

const MOST_ROWS = 3000; // then the server is asked for a thinned history again

export class Series {
  /** @param history what the server sends: names of the columns, and both sets of rows */
  constructor({ columns, thinned, recent }) {
    this.columns = columns;
    this.ranges = { thinned, recent };
    this.mostRecent = Math.max(600, recent.length);
  }

  append(rows) {
    this.ranges.thinned.push(...rows);
    this.ranges.recent.push(...rows);
    this.ranges.recent.splice(0, Math.max(0, this.ranges.recent.length - this.mostRecent));
  }

  get isTooLong() {
    return this.ranges.thinned.length > MOST_ROWS;
  }

  /** Points [x, y] of one figure over another, null where it is unknown. */
  points(x, y, range = 'thinned') {
    const [from, to] = [this.columns.indexOf(x), this.columns.indexOf(y)];
    return this.ranges[range].map((row) => [row[from], row[to]]);
  }
}
