"""The API reference, written from the modules' sources.

Every public name stands there with its signature, its docments, its docstring and a link to its source.
Nothing is imported, so it takes a moment: `python tools/api.py FOLDER` writes index.md and one page a module.
Both builders read plain Markdown: tools/book.py writes the pages into the book that it builds, _quarto.yml has them
written before it renders."""
import argparse, ast, re
from configparser import ConfigParser
from pathlib import Path

root = Path(__file__).resolve().parent.parent
cfg = ConfigParser(delimiters=['='])
cfg.read(root/'settings.ini', encoding='utf-8')
cfg = cfg['DEFAULT']
SOURCE = f"{cfg['git_url']}/blob/{cfg['branch']}/gssl"

def public(tree):
    "The names in a module's `__all__`"
    for n in tree.body:
        if isinstance(n, ast.Assign) and getattr(n.targets[0],'id','')=='__all__': return ast.literal_eval(n.value)
    return []

def named(node):
    "The names that a statement at a module's top defines"
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    targets = []
    if isinstance(node, ast.Assign): targets = node.targets
    if isinstance(node, ast.AnnAssign): targets = [node.target]
    return [n.id for t in targets for n in ast.walk(t) if isinstance(n, ast.Name)]

def header(lines, node):
    "A definition's lines down to its body: decorators, signature with the comments beside it"
    first, body = min([node.lineno]+[d.lineno for d in node.decorator_list]), node.body[0]
    if body.lineno>node.lineno and not lines[body.lineno-1][:body.col_offset].strip():
        return lines[first-1:body.lineno-1]
    last = lines[body.lineno-1].encode()[:body.col_offset].decode() # the body stands on the signature's line
    return lines[first-1:body.lineno-1] + [last.rstrip()]

def members(node):
    "A class's fields and public methods"
    for n in node.body:
        if ast.get_docstring(node) is not None and n is node.body[0]: continue
        name = (named(n) or ['_'])[0]
        if not name.startswith('_') or name in ('__init__','__call__'): yield n

def is_patch(decorator):
    "Whether it is fastcore's `patch`, which makes a function a method of the class that its first parameter names"
    return getattr(getattr(decorator, 'func', decorator), 'id', '')=='patch'

def with_patched(tree):
    "Give each class of a module the methods that stand outside of its body"
    classes = {n.name: n for n in tree.body if isinstance(n, ast.ClassDef)}
    for n in tree.body:
        if isinstance(n, ast.FunctionDef) and any(map(is_patch, n.decorator_list)):
            classes[n.args.args[0].annotation.id].body.append(n)
    return tree

def as_member(lines, node):
    "A method's stub, as it would stand in its class"
    out = stub(lines, node)
    kinds = {'@patch(as_prop=True)': '@property', '@patch(cls_method=True)': '@classmethod', '@patch': None}
    lines = (kinds.get(line, line) for line in out)
    return out if node.col_offset else ['    '+line for line in lines if line is not None]

def stub(lines, node):
    "A definition without docstring and body; of a class, its fields and public methods as well"
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        out = lines[node.lineno-1:node.end_lineno]
        return out if len(out)<=12 else out[:12]+['...']
    out = header(lines, node)
    if not isinstance(node, ast.ClassDef): return out
    for n in members(node):
        out = out + (as_member(lines, n) if isinstance(n, ast.FunctionDef) else lines[n.lineno-1:n.end_lineno])
    return out

def prose(doc):
    "A docstring as Markdown: what stands in backticks is code; elsewhere Markdown's signs are plain text"
    plain = lambda p: re.sub(r'([|<>*_$\[\]])', r'\\\1', p)
    return '`'.join(p if i%2 else plain(p) for i,p in enumerate(doc.split('`')))

def said(node):
    "The docstrings of a definition and of its public methods, as Markdown"
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)): return []
    own = ast.get_docstring(node)
    out = [prose(own), ''] if own else []
    methods = [n for n in members(node) if isinstance(n, ast.FunctionDef)] if isinstance(node, ast.ClassDef) else []
    rows = [f'- `{n.name}`: {prose(" ".join(doc.split()))}' for n in methods if (doc := ast.get_docstring(n))]
    return out + rows + ['']*bool(rows)

def slugs(names):
    "The anchors that a page's headings get; a name met twice (capitals do not count) is numbered"
    seen, out = {}, {}
    for n in names:
        s = n.lower()
        out[n] = s if s not in seen else f'{s}-{seen[s]}'
        seen[s] = seen.get(s,0)+1
    return out

def in_short(node):
    "The first paragraph of a definition's docstring, for a cell of a table"
    doc = ast.get_docstring(node) if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else None
    words = ' '.join((doc or '').split('\n\n')[0].split())
    return re.sub(r'(?<!\\)\|', r'\\|', prose(words))

def module_page(path):
    "(Markdown of a module's page, rows for the index) or None where nothing is public"
    text = path.read_text(encoding='utf-8')
    lines, tree = text.splitlines(), with_patched(ast.parse(text))
    nodes = {name: n for n in tree.body for name in named(n)}
    names = sorted(public(tree), key=lambda n: nodes[n].lineno if n in nodes else 0)
    if not names: return None
    room = re.search(r'File to edit: (?:\.\./)+nbs/(\S+\.ipynb)', text)
    room = f'Explained in its [room](../{room[1]}). ' if room else ''
    about, source = prose((ast.get_docstring(tree) or '').strip()), f'{SOURCE}/{path.name}'
    out = [f'# gssl.{path.stem}', '', about, '', f'{room}[Source]({source}).', '']
    for n in names:
        node = nodes.get(n)
        code = ['```python', *stub(lines, node), '```', ''] if node else []
        at = f'#L{node.lineno}-L{node.end_lineno}' if node else ''
        out += [f'<a id="api-{n}"></a>', '', f'## {n}', '', *code, *said(node), f'[Source]({source}{at})', '']
    # for Markdown's links; HTML's, as in room 90, go to #api-NAME, which both builders keep
    at = slugs([f'gssl.{path.stem}', *names])
    rows = [(n, f'{path.stem}.md#{at[n]}', path.stem, in_short(nodes.get(n))) for n in names]
    return '\n'.join(out), rows

def pages(lib=root/'gssl'):
    "{file name: Markdown} of the whole reference, the index first"
    made = {p.stem: m for p in sorted(lib.glob('*.py')) if not p.name.startswith('_') and (m := module_page(p))}
    rows = sorted((r for _,rs in made.values() for r in rs), key=lambda r: (r[0].lower(), r[2]))
    index = ['# API reference', '',
             f'All {len(rows)} public names, from the sources. '
             'A comment beside a parameter says what it is; shapes are in brackets.', '',
             '| name | module | what it is |', '|---|---|---|',
             *(f'| [`{n}`]({to}) | [gssl.{m}]({m}.md) | {doc} |' for n,to,m,doc in rows), '']
    return {'index.md': '\n'.join(index), **{f'{k}.md': text for k,(text,_) in made.items()}}

def write(out):
    "Write the pages into a folder; returns their names without suffix, in order"
    out = Path(out)
    out.mkdir(parents=True, exist_ok=True)
    made = pages()
    for p in out.glob('*.md'):
        if p.name not in made: p.unlink()
    for name,text in made.items():
        (out/name).write_text(text, encoding='utf-8')
    return [n.removesuffix('.md') for n in made]

if __name__=='__main__':
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument('out', nargs='?', type=Path, default=root/'nbs'/'api', help="the folder of the pages")
    print(len(write(p.parse_args().out)), 'pages')
