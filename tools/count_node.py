#!/usr/bin/env python3
"""count_node.py OUTPUT STATUS - prints "PASSED FAILED" from what vitest, node's test runner or Playwright say at their end; a run
that failed without saying how many counts as one failed."""
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
if status and not failed:
    failed = 1
if not status and not passed:
    failed = 1
print(passed, failed)
