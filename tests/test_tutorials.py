"""What stands between fences on a tutorial page or in the README can be typed: every command is run here, in small.

How it is made small: folders of the reader's are replaced by a folder of drawn bars, a heap of them, or a run made here
(`PLACES`); each command gets further options that come after its own, and so win (`LITTLE`). What installs, clones,
needs a cluster or has its own test elsewhere is listed with the reason (`ELSEWHERE`). Nothing else is left out."""
import os, re, shlex, shutil
from pathlib import Path
import pytest
from cells import read_nb, source
from conftest import NBS, bin, gssl, run

ELSEWHERE = { # how a line begins -> why it is not run here
    'git clone': "fetches", 'make demo': "test_cli runs the demo in small", 'pip install': "test_install installs",
    'torchrun': "test_many and the page itself", 'gssl run demo --jobs 16 --executor slurm': "needs Slurm",
    'gssl run demo --jobs 2 --executor ray': "starts a Ray cluster", 'gssl status runs': "the page itself runs it",
    'gssl plot two': "the page itself runs it"}
LITTLE = {
    'learn': '--iterations 2 --way 5',
    'fewshot': '--iterations 2 --meta-batch 1 --test-tasks 4 --way 2 --test-query 2',
    'classify': '--labels-per-class 5',
    'grid': '--steps 3 --labels-per-class 5 --width 4', # classify, with an option of the second grid
    'evaluate': '--tasks 4 --query 2', # of a few-shot run; a classifier's takes none
    'run': "--seeds 1 --iterations 2 --test-tasks 4",
    'predict': '', 'export': '', 'plot': '', 'status': ''}
FLAT = '--way 5 --query 1' # of a heap, which has no test
PLACES = {'path/to/folder':'bars', 'photos':'bars', 'my_images':'bars', 'heap':'heap', 'to_sort':'heap',
          'new_classes':'bars', 'FOLDER':'runs/few', '/path/with/omniglot':None}

def fenced():
    "(page, line) of every command, pages in order"
    pages = [NBS/'index.ipynb', *sorted((NBS/'tutorials').glob('*.ipynb'))]
    for page in pages:
        for c in read_nb(page)['cells']:
            if c['cell_type']!='markdown': continue
            for block in re.findall(r'^```sh\n(.*?)^```', source(c), re.M | re.S):
                lines = block.replace('\\\n', ' ').strip().splitlines()
                yield from ((page.stem, ' '.join(line.split())) for line in lines)

def elsewhere(line): return next((why for start,why in ELSEWHERE.items() if line.startswith(start)), None)

@pytest.fixture(scope='module')
def desk(angles, tmp_path_factory):
    "A folder with what a reader has, and a finished few-shot run"
    top = tmp_path_factory.mktemp('desk')
    shutil.copytree(angles, top/'bars')
    (top/'heap').mkdir()
    for i,p in enumerate(sorted(angles.rglob('*.png'))[::4]): shutil.copy(p, top/'heap'/f'{i}.png')
    gssl('fewshot', '--data','bars', '--source','labelled', '--learner','protonets', '--batch-norm','inductive',
         *LITTLE['fewshot'].split(), '--out','runs/few', cwd=top)
    return top

def small(line):
    "A command as it is run here; None where the data set that it names is not at hand"
    words = shlex.split(line)
    words = [PLACES.get(w, w) for w in words]
    if None in words:
        if not os.environ.get('GSSL_DATA'): return None
        words[words.index(None)] = os.environ['GSSL_DATA']
        words += ['--rows','Training from scratch', '--columns','1', '--test-steps','1']
    name, flat = words[1], 'heap' in words and bool({'fewshot','learn'} & set(words))
    little = '' if name=='evaluate' and 'runs/photos' in words else LITTLE[name]
    if name=='classify' and {'--unlabelled','--recipe'} & set(words): little = LITTLE['grid']
    return words + shlex.split(little) + (FLAT.split() if flat else [])

CASES = [pytest.param(line, id=f'{page}: {line[:60]}') for page,line in fenced() if not elsewhere(line)]

@pytest.mark.parametrize('line', CASES)
def test_a_command_on_a_page_can_be_typed(line, desk):
    words = small(line)
    if words is None: pytest.skip("GSSL_DATA does not name Omniglot's folder")
    if words[0]=='gssl': gssl(*words[1:], cwd=desk)
    else: run(bin(words[0]), *words[1:], cwd=desk)

def test_what_is_not_run_here_is_on_a_page():
    lines = [line for _,line in fenced()]
    assert not (gone := [s for s in ELSEWHERE if not any(line.startswith(s) for line in lines)]), gone

def test_the_pythons_of_the_front_page_run(tmp_path):
    "The ten lines with 2 steps and 3 tasks for 300 and 200, and the two of the estimator"
    from gssl.datasets import digits
    from gssl.labels import draw_labels
    few = draw_labels(digits('train').of_classes([0,1]), 5)[0]
    given = dict(images=few.images, labels=few.labels, new_images=few.images[:2])
    blocks = [b for c in read_nb(NBS/'index.ipynb')['cells'] if c['cell_type']=='markdown'
              for b in re.findall(r'^```python\n(.*?)^```', source(c), re.M | re.S)]
    assert len(blocks)>=2
    here = os.getcwd()
    os.chdir(tmp_path)
    try:
        for text in blocks:
            for a,b in (('iterations=300','iterations=2'), ('n_tasks=200','n_tasks=3'), ('steps=50','steps=2')):
                text = text.replace(a, b)
            exec(text, dict(given))
        assert (Path('runs')/'mine'/'state.safetensors').exists()
    finally: os.chdir(here)
