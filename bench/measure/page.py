"""page.py - how many bytes a page is, by web/scripts/size.mjs."""
import json
import os
import re
import subprocess
import urllib.parse

from . import data, kit

ABOUT = """
Brotli bytes of what a browser loads, by `web/scripts/size.mjs`: a public page's HTML with style and script, from a site of 100,000
works; the public script alone; the application's entry with messages; each of its routes.
"""
LINE = re.compile(r'^(?:ok  |FAIL) (.+?)\s+([\d.]+) KB of ([\d.]+)$')


def measure(setup):
    result = kit.Result('page', ABOUT)
    with kit.ours(setup, data.site(setup)) as server:
        work = json.loads(server.get('/api/works?limit=1')[1])['items'][0]
        pages = ['/', '/courses', '/search?' + urllib.parse.urlencode({'keyword': '历史'}), urllib.parse.quote(work['url'])]
        told = subprocess.run(['node', 'scripts/size.mjs'], cwd=os.path.join(kit.SOURCE, 'web'), capture_output=True, text=True,
                              env={**os.environ, 'BASE_URL': server.url, 'PAGES': ' '.join(pages)})
    lines = [LINE.match(line) for line in told.stdout.splitlines()]
    if not lines or None in lines:
        raise kit.Failed(f'size.mjs said:\n{told.stdout}{told.stderr}')
    for line in lines:
        what = urllib.parse.unquote(line[1]).replace(work['url'], "a work's")
        result.add(what, 'KB', [float(line[2])], most=float(line[3]))
    result.write(setup)
