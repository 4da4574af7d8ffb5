"Reading notebooks as nbdev does: cells, their `#|` directives, what a reader is to see."
import json, re
from pathlib import Path

def read_nb(path):
    return json.loads(Path(path).read_text(encoding='utf-8'))

def source(cell): return ''.join(cell['source'])

def split_directives(src):
    "The directive lines that open a cell, as {name: argument}, and the rest of its source"
    lines,dirs = src.splitlines(keepends=True), {}
    while lines and (not lines[0].strip() or re.match(r'#\s*\|', lines[0])):
        if m := re.match(r'#\s*\|\s*([\w-]+)\s*:?\s*(.*)', lines.pop(0)):
            dirs[m[1]] = re.sub(r'^"(.*)"$', r'\1', m[2].strip()) # YAML's quotes
    return dirs, ''.join(lines)

def off(dirs, key): return dirs.get(key,'').lower()=='false'

def reader_cells(nb):
    "(cell, directives, source) of what a reader sees: no hidden cells, no directive lines, no cell of directives alone"
    for c in nb['cells']:
        dirs,src = split_directives(source(c)) if c['cell_type']=='code' else ({}, source(c))
        if 'hide' in dirs or off(dirs,'include') or not src.strip():
            continue
        yield c, dirs, src
