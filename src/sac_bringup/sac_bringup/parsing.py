# Copyright 2026 The rtsac authors
# SPDX-License-Identifier: Apache-2.0
"""Reads the arguments of a run as they are typed, and lists them for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
import difflib
import math
import os
import re
from typing import Any, get_args, TypeVar

from sac_bringup.arguments import RunArguments, table
from sac_core.settings import check, Setting

ArgumentsType = TypeVar('ArgumentsType', bound=RunArguments)


# An element in quotes, which may hold commas, or up to the next comma.
_ELEMENT = re.compile(r"""\s*(?:"([^"]*)"|'([^']*)'|([^,]*?))\s*(?:,|$)""")


def split(words: Iterable[str]) -> dict[str, str]:
    """Split key:=value words.

    :raises ValueError: where a word has another form or is not UTF-8, or a key comes twice
    """
    texts: dict[str, str] = {}
    for word in words:
        key, separator, text = word.partition(':=')
        if not separator or not key:
            raise ValueError(f'malformed argument {word!r}: write key:=value')
        try:
            text.encode()
        except UnicodeEncodeError:  # bytes of a file's name; no parameter takes them
            raise ValueError(f'{key} must be UTF-8, got {os.fsencode(text)!r}') from None
        if key in texts:
            raise ValueError(f'argument {key} is given twice: {texts[key]!r} and {text!r}')
        texts[key] = text
    return texts


def split_list(text: str) -> list[str]:
    """Split [a, "b, c"] into its elements, with or without the brackets."""
    if (text[:1], text[-1:]) in (('[', ']'), ('(', ')')):
        text = text[1:-1]
    elements, start = [], 0
    while match := _ELEMENT.match(text, start):
        elements.append(next(group for group in match.groups() if group is not None))
        start = match.end()
        if not match[0].endswith(','):
            break
    return elements


def refuse_unknown(names: Iterable[str], arguments_class: type[RunArguments]) -> None:
    """Refuse names that are not in the table: a misspelt one must not go unnoticed.

    :raises ValueError: with the valid names
    """
    known = [each.name for each in table(arguments_class)]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f', did you mean {close[0]}?' if close else ';'
            raise ValueError(f'unknown argument {name!r}{hint} valid are {", ".join(known)}')


def parse(texts: Mapping[str, str], arguments_class: type[ArgumentsType]) -> ArgumentsType:
    """Read and check the arguments as typed. An empty text is the same as none.

    :raises ValueError: naming the argument, what it must be and what it is
    """
    refuse_unknown(texts, arguments_class)
    values: dict[str, Any] = {}
    for each in table(arguments_class):
        text = texts.get(each.name, '').strip()
        if text:
            values[each.name] = _read(each.setting, text)
        elif each.required:
            raise ValueError(f'argument {each.name} is missing: {each.setting.description}')
    return arguments_class(**values)


def show(arguments_class: type[RunArguments], configured: Mapping[str, str]) -> str:
    """List the arguments for a reader.

    :param configured: what an empty argument stands for, where that is in the config files
    """
    lines = ['Arguments, as key:=value:']
    for each in table(arguments_class):
        default = each.default or configured.get(each.name, '')
        lines += ['', f'  {each.name}:={default}' + ('  (required)' if each.required else '')]
        lines.append(f'      {each.setting.description}')
        if each.setting.choices:
            lines.append(f'      One of {", ".join(each.setting.choices)}.')
    return '\n'.join(lines)


def _read(setting: Setting, text: str) -> object:
    value: object = text
    try:
        if setting.type is bool:
            value = {'true': True, 'false': False}[text.lower()]
        elif setting.type in (int, float):
            number = setting.type(text)
            value = number if math.isfinite(number) else text
        elif setting.type is not str:
            element = get_args(setting.type)[0]
            value = tuple(element(word) for word in split_list(text))
    except (KeyError, ValueError):
        pass  # the check below says what it must be
    check(setting, value)
    return value
