#!/usr/bin/env python3
"""count_tests.py TESTLOG.json - prints "PASSED FAILED" of a meson run: the tests within each cmocka program, one for any other
program; a program that ended badly without saying so counts as one failed."""
import json
import re
import sys

passed = failed = 0
with open(sys.argv[1], encoding='utf-8') as log:
    for line in log:
        test = json.loads(line)
        output = test.get('stdout', '') + test.get('stderr', '')
        good = sum(int(n) for n in re.findall(r'\[  PASSED  \] (\d+) test', output))
        bad = sum(int(n) for n in re.findall(r'\[  FAILED  \] (\d+) test', output))
        if test['result'] != 'OK' and not bad:
            bad = 1
        if test['result'] == 'OK' and not good and not bad:
            good = 1
        passed += good
        failed += bad
print(passed, failed)
