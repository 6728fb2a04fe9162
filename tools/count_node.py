#!/usr/bin/env python3
"""count_node.py OUTPUT STATUS - prints "PASSED FAILED" from what vitest, node's test runner or Playwright say at their end; a run
that failed without saying how many counts as one failed. A journey that passed only when it was tried again counts as passed, and
is named on standard error: it is a fault of the page or of the test that somebody has to look for."""
import re
import sys

with open(sys.argv[1], encoding='utf-8', errors='replace') as out:
    text = re.sub(r'\x1b\[[0-9;]*m', '', out.read())
status = int(sys.argv[2])
passed = failed = 0
vitest = re.search(r'^\s*Tests\s+(.*)$', text, re.M)
if vitest:
    passed = sum(int(n) for n in re.findall(r'(\d+) passed', vitest.group(1)))
    failed = sum(int(n) for n in re.findall(r'(\d+) failed', vitest.group(1)))
elif re.search(r'^[#ℹ] tests \d+', text, re.M):
    passed = sum(int(n) for n in re.findall(r'^[#ℹ] pass (\d+)', text, re.M))
    failed = sum(int(n) for n in re.findall(r'^[#ℹ] fail (\d+)', text, re.M))
else:
    passed = sum(int(n) for n in re.findall(r'^\s*(\d+) passed', text, re.M))
    failed = sum(int(n) for n in re.findall(r'^\s*(\d+) failed', text, re.M))
    for count, names in re.findall(r'^\s*(\d+) flaky\n((?:\s+\[.*\n)*)', text, re.M):
        passed += int(count)
        print(f'passed only at the second try:\n{names}', end='', file=sys.stderr)
if status and not failed:
    failed = 1
if not status and not passed:
    failed = 1
print(passed, failed)
