"""List the notebooks on disk in `_quarto.yml` and `nbs/_toc.yml`.
Below each file's marker line, everything is written by this script."""
from pathlib import Path

root = Path(__file__).resolve().parent.parent
MARK = '# Below this line: written by `make pages`\n'
DECADES = ['Ground', 'Data and tasks', 'Generators', 'LASIUM', 'Learners and evaluation', 'Embeddings and transfer',
           'Few labels, generated images', 'Running it', 'Explorers', 'More']

FIRST = ['your_own_images', 'few_labels', 'look_inside_a_generator', 'reproduce_a_table', 'your_own_task_source',
         'your_own_generator', 'what_repeats'] # tutorials, easiest first

def pages(nbs=root/'nbs'):
    """Notebook paths below `nbs`, without suffix, as an ordered dict of part title -> pages.
    The index stands before all parts"""
    find = lambda d: sorted(p.relative_to(nbs).with_suffix('').as_posix() for p in (nbs/d).glob('*.ipynb'))
    rooms = [p for p in find('.') if p!='index']
    lessons = find('tutorials')
    lessons.sort(key=lambda p: FIRST.index(Path(p).name) if Path(p).name in FIRST else len(FIRST))
    decades = {t: [p for p in rooms if p.startswith(str(i))] for i,t in enumerate(DECADES)}
    parts = {'Tutorials': lessons} | decades | {'Experiments': find('experiments')}
    left = set(rooms) - {p for ps in parts.values() for p in ps}
    if left:
        raise SystemExit("Notebooks in nbs/ start with two digits, their place in the order: "
                         f"rename {', '.join(sorted(left))}")
    return {t: ps for t,ps in parts.items() if ps}

def below_mark(path, lines):
    head = path.read_text(encoding='utf-8').split(MARK)[0]
    path.write_text(head+MARK+''.join(l+'\n' for l in lines), encoding='utf-8')

def main():
    toc,side = ['parts:'], ['    contents:', '    - nbs/index.ipynb']
    for title,ps in pages().items():
        toc += [f'- caption: {title}', '  chapters:'] + [f'  - file: {p}' for p in ps]
        side += [f'    - section: {title}', '      contents:'] + [f'      - nbs/{p}.ipynb' for p in ps]
    # written by tools/api.py before Quarto renders; tools/book.py adds them to the book
    side += ['    - section: API reference', '      contents: nbs/api/*.md']
    below_mark(root/'nbs'/'_toc.yml', toc)
    below_mark(root/'_quarto.yml', side)

if __name__=='__main__': main()
