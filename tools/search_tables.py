#!/usr/bin/env python3
"""search_tables.py - the character tables of search.

  search_tables.py collect DIR              from Debian's unicode-data and OpenCC's dictionary: DIR/readings.txt, DIR/simplified.txt
  search_tables.py tables OUT.c DIR         from those two files and Python's own unicodedata: the C tables

`collect` is run by hand when Debian brings newer data; its two files are kept, so that a build needs neither package
(`opencc_dict`, of Debian's opencc, must be there for it). Readings: Unihan kMandarin first, then of kHanyuPinlu those that
make up at least a thirtieth of the character's uses, three at most, without tones (u-umlaut is v). Unihan: Unicode licence;
TSCharacters of OpenCC: Apache-2.0."""
import bz2
import re
import subprocess
import sys
import tempfile
import unicodedata

UNIHAN = '/usr/share/unicode/Unihan_Readings.txt.bz2'
OPENCC = '/usr/share/opencc/TSCharacters.ocd2'
HAN_FIRST, HAN_LAST = 0x3400, 0x9FFF
READINGS_MAX = 3
DROP, GAP, HAN, LETTER, DIGIT = range(5)


# ---- collect ----

def toneless(syllable):
    plain = unicodedata.normalize('NFD', syllable).replace('u\u0308', 'v').replace('e\u0302', 'e')
    return ''.join(c for c in plain if not unicodedata.combining(c))


def unihan_readings():
    mandarin, common = {}, {}
    with bz2.open(UNIHAN, 'rt', encoding='utf-8') as f:
        for line in f:
            m = re.match(r'U\+(\w+)\t(kMandarin|kHanyuPinlu)\t(.*)', line)
            if not m or not HAN_FIRST <= int(m[1], 16) <= HAN_LAST:
                continue
            char = chr(int(m[1], 16))
            if m[2] == 'kMandarin':
                mandarin[char] = toneless(m[3].split()[0])
            else:
                uses = [re.match(r'(.*)\((\d+)\)', x).groups() for x in m[3].split()]
                total = sum(int(n) for _, n in uses)
                common[char] = [toneless(s) for s, n in uses if int(n) * 30 >= total]
    for char, first in mandarin.items():
        yield char, list(dict.fromkeys([first] + common.get(char, [])))[:READINGS_MAX]


def collect(folder):
    by_syllable = {}
    for char, readings in unihan_readings():
        for rank, syllable in enumerate(readings):
            by_syllable.setdefault(syllable, [''] * READINGS_MAX)[rank] += char
    with open(folder + '/readings.txt', 'w', encoding='utf-8') as f:
        f.write('# syllable, characters read so first, second, third (- for none); from Unihan (Unicode licence)\n')
        for syllable in sorted(by_syllable):
            f.write(' '.join([syllable] + [chars or '-' for chars in by_syllable[syllable]]) + '\n')
    with tempfile.NamedTemporaryFile() as t, open(folder + '/simplified.txt', 'w', encoding='utf-8') as f:
        subprocess.run(['opencc_dict', '-i', OPENCC, '-o', t.name, '-f', 'ocd2', '-t', 'text'], check=True)
        f.write('# traditional, simplified; TSCharacters of OpenCC (Apache-2.0)\n')
        for line in sorted(open(t.name, encoding='utf-8')):
            traditional, simplified = line.rstrip('\n').split('\t')
            first = simplified.split(' ')[0]
            if first != traditional:
                f.write(traditional + first + '\n')


# ---- tables ----

def rows(path):
    with open(path, encoding='utf-8') as f:
        return [line.rstrip('\n') for line in f if not line.startswith('#')]


def without_marks(text):
    return ''.join(c for c in text if not 0x300 <= ord(c) <= 0x36F)


def compatible(char):
    """One character that stands for this one: narrow, small, without accents; itself if there is no single one."""
    wide = unicodedata.normalize('NFKC', char).casefold()
    bare = unicodedata.normalize('NFC', without_marks(unicodedata.normalize('NFD', wide)))
    if len(bare) == 1 or (bare and bare[0].isalpha() and char.casefold() != char.lower()):
        return bare[0]
    return char


def kind(char):
    code, category = ord(char), unicodedata.category(char)
    if category == 'Cf' or 0x300 <= code <= 0x36F or 0xFE00 <= code <= 0xFE0F:
        return DROP
    if category in ('Lo', 'Nl') and (0x3005 <= code <= 0x3007 or 0x3041 <= code <= 0x30FF or 0x3105 <= code <= 0x312F
                                     or 0x3400 <= code <= 0x9FFF or 0xAC00 <= code <= 0xD7A3 or 0xF900 <= code <= 0xFAFF):
        return HAN
    if char in '\u3005\u30FC':
        return HAN
    if category == 'Nd' or unicodedata.digit(char, None) is not None:
        return DIGIT
    if category[0] == 'L' or category in ('Nl', 'Mn', 'Mc'):
        return LETTER
    return GAP


def folded(char, simplified):
    """The number this character is folded to: 0 dropped, 0x20 a gap."""
    if 0xD800 <= ord(char) <= 0xDFFF or 0xE000 <= ord(char) <= 0xF8FF:
        return 0x20
    char = compatible(char)
    while simplified.get(char, char) != char:
        char = simplified[char]
    what = kind(char)
    if what == DROP:
        return 0
    if what == GAP:
        return 0x20
    if what == DIGIT:
        return ord('0') + unicodedata.digit(char)
    return ord(char) if ord(char) < 0x10000 else private(ord(char))


def private(code):
    """A place in the private area for a character beyond the first plane; normalise.c computes the same."""
    return 0xE000 + code % 6389


def array(out, c_type, name, values, form='%d'):
    out.write('const %s %s[%d] = {\n' % (c_type, name, len(values)))
    for at in range(0, len(values), 24):
        out.write(','.join(form % v for v in values[at:at + 24]) + ',\n')
    out.write('};\n')


def tables(path, folder):
    simplified = {row[0]: row[1] for row in rows(folder + '/simplified.txt')}
    fold = [folded(chr(code), simplified) for code in range(0x10000)]
    glyphs = [HAN if 0xE000 <= code <= 0xF8FF else kind(chr(code)) if not 0xD800 <= code <= 0xDFFF else GAP for code in range(0x10000)]
    astral = []
    for code in list(range(0x1D400, 0x1D800)) + sorted(ord(c) for c in simplified if ord(c) > 0xFFFF):
        to = folded(chr(code), simplified)
        if to not in (0, 0x20, private(code)):
            astral.append((code, to))

    lines = [row.split(' ') for row in rows(folder + '/readings.txt')]
    names = [line[0] for line in lines]
    packed = [0] * (HAN_LAST - HAN_FIRST + 1)
    for rank in range(READINGS_MAX):
        for number, line in enumerate(lines, 1):
            for char in line[1 + rank].replace('-', ''):
                packed[ord(char) - HAN_FIRST] |= number << (10 * rank)

    with open(path, 'w', encoding='utf-8') as out:
        out.write('/* made by tools/search_tables.py */\n#include "search/normalise.h"\n')
        array(out, 'uint16_t', 'fold_table', fold)
        array(out, 'uint8_t', 'glyph_table', glyphs)
        out.write('const struct fold_astral fold_astral_table[] = {\n%s};\n' % ''.join('{%d,%d},' % pair for pair in astral))
        out.write('const size_t fold_astral_count = %d;\n' % len(astral))
        array(out, 'uint32_t', 'reading_table', packed)
        out.write('const char syllable_names[][8] = { "",%s };\n' % ','.join('"%s"' % name for name in names))
        out.write('const unsigned syllable_count = %d;\n' % len(names))


if sys.argv[1] == 'collect':
    collect(sys.argv[2])
else:
    tables(sys.argv[2], sys.argv[3])
