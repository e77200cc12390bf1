# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""The page in a headless Chromium, beside a real run: what a person sees and presses."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
import re

from browser import Browser, MISSING
from dashboard_run import DashboardRun, LONGEST
import pytest
from real_run import Runner

pytestmark = [
    pytest.mark.skipif(bool(MISSING), reason=MISSING),
    pytest.mark.timeout(240),
]
ACTOR, LEARNER = 'article:nth-of-type(1)', 'article:nth-of-type(2)'


@pytest.fixture(scope='module')
def run(shared_runner: Runner, small_learner: Path) -> Iterator[DashboardRun]:
    started = DashboardRun(
        shared_runner, 'train', f'params_file:={small_learner}', 'max_env_steps:=0'
    )
    yield started
    started.end()


@pytest.fixture(scope='module')
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    opened = Browser(tmp_path_factory.mktemp('browser'))
    yield opened
    opened.close()


@pytest.fixture
def page(browser: Browser, run: DashboardRun) -> Browser:
    """Return the page once it shows a run that has begun to train."""
    browser.open(run.link)
    browser.resize(1600, 1000)
    browser.until(lambda: state(browser, LEARNER) == 'training', LONGEST)
    browser.until(lambda: state(browser, ACTOR) == 'running', LONGEST)
    return browser


def state(page: Browser, card: str) -> str:
    return page.text(f'#processes > {card} .pill')


def press(page: Browser, card: str, label: str) -> None:
    page.click(f'#processes > {card} button[aria-label="{label}"]')


def steps(page: Browser) -> int:
    return int(re.sub(r'\D', '', page.text('#progress_text')) or 0)


def points(page: Browser, title: str) -> int:
    """Count the points of a chart."""
    found = (
        f'[...document.querySelectorAll("figure")].find(e => e.innerText.startsWith("{title}"))'
    )
    return int(page.evaluate(f'{found}.querySelector("canvas").dataset.points'))


def confirm(page: Browser) -> None:
    page.click('#confirm_seen')
    page.click('#confirm_yes')


@pytest.mark.parametrize('dark', [False, True])
@pytest.mark.parametrize('width', [400, 1600])
def test_it_is_live_and_fits_at_each_width(page: Browser, width: int, dark: bool) -> None:
    page.resize(width, 900, dark=dark)
    begun = steps(page)
    page.until(lambda: steps(page) > begun)
    assert page.text('#connection') == 'live'
    assert page.evaluate('document.documentElement.scrollWidth') <= width
    for part in ('#tiles', '#processes', '#charts', 'table', '#emergency'):
        right = page.evaluate(f'document.querySelector("{part}").getBoundingClientRect().right')
        assert right <= width, part
    page.evaluate('document.querySelector("#charts").scrollIntoView()')
    label = 'document.querySelectorAll("canvas")[1].getAttribute("aria-label")'
    page.until(lambda: re.match(r'Critic loss, now: critic \d', page.evaluate(label) or ''))
    assert page.errors() == []


def test_every_control_has_a_name_and_is_reached_by_the_keyboard(page: Browser) -> None:
    nameless = page.evaluate(
        '[...document.querySelectorAll("button, select, input, progress, canvas")].filter('
        'e => !(e.ariaLabel || e.textContent.trim() || e.labels?.length)).length'
    )
    assert nameless == 0
    assert page.evaluate('[...document.querySelectorAll("[tabindex]")].length') == 0
    assert page.evaluate('document.querySelector("#connection").getAttribute("role")') == 'status'
    page.evaluate('document.querySelector("#emergency").focus()')
    assert page.evaluate('document.activeElement.innerText') == 'Emergency stop'


def test_a_robot_is_held_at_once_and_released_only_when_confirmed(page: Browser) -> None:
    press(page, ACTOR, 'Hold actor')
    page.until(lambda: state(page, ACTOR) == 'holding')
    assert 'held by an operator' in page.text(f'#processes > {ACTOR}')
    press(page, ACTOR, 'Release actor')
    assert page.evaluate('document.querySelector("#confirm").open')
    assert page.evaluate('document.activeElement.id') == 'confirm_no'
    assert page.evaluate('document.querySelector("#confirm_yes").disabled')
    page.click('#confirm_no')
    assert state(page, ACTOR) == 'holding'
    press(page, ACTOR, 'Release actor')
    confirm(page)
    page.until(lambda: state(page, ACTOR) == 'running')


def test_the_emergency_stop_asks_nobody_and_two_confirmations_undo_it(page: Browser) -> None:
    page.click('#emergency')
    page.until(lambda: state(page, ACTOR) == 'holding')
    page.until(lambda: 'The emergency stop is pressed' in page.text('#alerts'))
    page.until(lambda: page.text('#emergency') == 'Let go …')
    page.click('#emergency')
    confirm(page)
    page.until(lambda: page.text('#emergency') == 'Emergency stop')
    assert state(page, ACTOR) == 'holding'
    page.until(lambda: 'held by an operator' in page.text(f'#processes > {ACTOR}'))
    press(page, ACTOR, 'Release actor')
    confirm(page)
    page.until(lambda: state(page, ACTOR) == 'running')


def test_pause_and_resume_evaluate_reset_and_save_do_what_they_say(page: Browser) -> None:
    press(page, ACTOR, 'Pause actor')
    page.until(lambda: state(page, ACTOR) == 'paused')
    press(page, ACTOR, 'Resume actor')
    page.until(lambda: state(page, ACTOR) == 'running')
    press(page, LEARNER, 'Pause training')
    page.until(lambda: state(page, LEARNER) == 'paused')
    press(page, LEARNER, 'Resume training')
    page.until(lambda: state(page, LEARNER) == 'training')
    press(page, LEARNER, 'Save checkpoint of the learner')
    page.until(lambda: page.text('#said').startswith('save checkpoint: '))
    assert page.evaluate('document.querySelector("#said").className') == 'good'
    press(page, ACTOR, 'Evaluate actor')
    press(page, ACTOR, 'Reset actor')
    page.until(lambda: state(page, ACTOR) == 'evaluating')


def test_the_curves_survive_a_restart_of_the_learner(page: Browser, run: DashboardRun) -> None:
    before = points(page, 'Critic loss')
    run.kill('learner')
    page.until(lambda: 'started again' in page.text(f'#processes > {LEARNER}'), LONGEST)
    page.until(lambda: state(page, LEARNER) == 'training', LONGEST)
    assert points(page, 'Critic loss') > before
    assert page.text('#connection') == 'live'


def test_a_dead_dashboard_is_seen_and_found_again(page: Browser, run: DashboardRun) -> None:
    before = points(page, 'Critic loss')
    run.kill('dashboard')
    page.until(lambda: page.text('#connection') == 'no connection')
    assert 'what you see is old' in page.text('#alerts')
    press(page, ACTOR, 'Hold actor')
    page.until(lambda: 'FAILED' in page.text('#said'))
    begun = run.env_steps()
    page.until(lambda: run.env_steps() > begun)  # nobody misses it
    run.start_dashboard()
    page.until(lambda: page.text('#connection') == 'live', LONGEST)
    page.until(lambda: points(page, 'Critic loss') > before)  # it begins with the records
    page.until(lambda: page.text('#alerts') == '')


def test_the_end_of_the_run_is_told_with_its_last_state(page: Browser, run: DashboardRun) -> None:
    run.end()
    page.until(lambda: page.text('#connection') == 'ended')
    assert page.text('#alerts').startswith('The run has ended: SIGINT.')
