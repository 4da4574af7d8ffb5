"""The package as a stranger installs it: built from the sdist, in an environment with the newest fastcore and no nbdev.

The clean environment does not fetch PyTorch again: what gssl's requirements ask for, and what those ask for in turn,
is linked from the environment that runs the tests; all but fastcore, which pip takes from the registry.
What gssl does not ask for is not there."""
import configparser, os, sys, tarfile, zipfile
from importlib.metadata import distribution
from pathlib import Path
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from conftest import ROOT, run

settings = configparser.ConfigParser(delimiters=['='], interpolation=None)
settings.read(ROOT/'settings.ini')
COMMANDS = ('demo', 'generator', 'learn', 'fewshot', 'evaluate', 'classify', 'predict', 'export', 'run', 'status',
            'plot', 'table', 'list')
HEAVY = ('generator', 'learn', 'fewshot', 'classify') # their options stand beside networks

def closure(reqs):
    "All distributions that `reqs` need, as {name: distribution}"
    found,todo,seen = {}, [Requirement(r) for r in reqs], set()
    while todo:
        r = todo.pop()
        key = canonicalize_name(r.name), frozenset(r.extras)
        if key in seen: continue
        seen.add(key)
        d = found[key[0]] = distribution(r.name)
        envs = [dict(extra=e) for e in ('', *r.extras)]
        asked = map(Requirement, d.requires or [])
        todo += [q for q in asked if q.marker is None or any(q.marker.evaluate(e) for e in envs)]
    return found

def link(dists, to):
    "Folders and files of installed distributions, linked into the folder `to`"
    to.mkdir()
    for d in dists:
        tops = {f.parts[0] for f in d.files}
        for t in {t for t in tops if t not in ('..','__pycache__') and not t.endswith('.pth')}:
            if not (to/t).exists():
                (to/t).symlink_to(Path(d.locate_file(t)).resolve())

def clean_env():
    return {k:v for k,v in os.environ.items() if k not in ('PYTHONPATH','PYTHONHOME','VIRTUAL_ENV')}

@pytest.fixture(scope='module')
def dist(tmp_path_factory):
    "A folder with the sdist, built from a copy of the tree, and the wheel, built from the sdist"
    import shutil
    src,out = tmp_path_factory.mktemp('src')/'gssl', tmp_path_factory.mktemp('dist')
    ignored = '.*', '_docs', 'build', 'dist', 'demo', 'runs', '*.egg-info', '__pycache__', 'tests'
    shutil.copytree(ROOT, src, ignore=shutil.ignore_patterns(*ignored))
    run(sys.executable, '-m', 'build', '--outdir', out, src, env=clean_env())
    return out

@pytest.fixture(scope='module')
def clean(dist, tmp_path_factory):
    "The bin folder of an environment into which pip installed the wheel"
    top = tmp_path_factory.mktemp('clean')
    run(sys.executable, '-m', 'venv', top/'venv', env=clean_env())
    reqs = settings['DEFAULT']['requirements'].split()
    reqs = [r for r in reqs if canonicalize_name(Requirement(r).name)!='fastcore']
    link(closure(reqs).values(), top/'linked')
    site, = (top/'venv'/'lib').glob('python*/site-packages')
    (site/'linked.pth').write_text(f"{top/'linked'}\n")
    run(top/'venv'/'bin'/'python', '-m', 'pip', 'install', '-q', '--disable-pip-version-check',
        next(dist.glob('*.whl')), env=clean_env())
    return top/'venv'/'bin'

def py(clean, code, tmp_path):
    return run(clean/'python', '-c', code, cwd=tmp_path, env=clean_env()).stdout.strip()

def test_sdist_and_wheel_hold_the_modules_the_assets_and_the_licences(dist):
    whl, = dist.glob('*.whl')
    tgz, = dist.glob('*.tar.gz')
    paths = (p for p in (ROOT/'gssl').rglob('*') if p.is_file() and '__pycache__' not in p.parts)
    files = {p.relative_to(ROOT).as_posix() for p in paths}
    assert any(f.startswith('gssl/assets/') for f in files)
    in_wheel = set(zipfile.ZipFile(whl).namelist())
    in_sdist = {n.split('/',1)[1] for n in tarfile.open(tgz).getnames() if '/' in n}
    assert not (files-in_wheel), f"not in the wheel: {files-in_wheel}"
    assert not (files-in_sdist) and {'settings.ini','setup.py','README.md','LICENSE'} <= in_sdist
    assert any(n.endswith('licenses/LICENSE') or n.endswith('dist-info/LICENSE') for n in in_wheel)
    assert whl.stat().st_size < 20e6, "the wheel is larger than 20 MB"
    tops = {n.split('/')[0] for n in in_wheel if '.dist-info' not in n}
    assert tops == {'gssl'}, "the wheel installs something beside gssl"

def test_clean_environment_has_fastcore_2_and_no_nbdev(clean, tmp_path):
    code = "from importlib.metadata import version; print(version('fastcore').split('.')[0])"
    assert py(clean, code, tmp_path)=='2'
    code = """from importlib.util import find_spec
print([find_spec(m) for m in ('nbdev','execnb','pytest','ray')])"""
    assert py(clean, code, tmp_path)==str([None]*4)

def test_import_gssl_comes_from_the_wheel_is_torch_free_and_under_a_second(clean, tmp_path):
    code = """import sys, time
t = time.perf_counter()
import gssl
t = time.perf_counter()-t
assert 'torch' not in sys.modules
print(gssl.__file__)
print(t)"""
    where,_ = py(clean, code, tmp_path).splitlines()
    assert Path(where).is_relative_to(clean.parent)
    assert min(float(py(clean, code, tmp_path).splitlines()[1]) for _ in range(3)) < 1

def test_every_module_imports_there_and_warns_of_nothing(clean, tmp_path):
    code = """import gssl, pkgutil, importlib
for m in pkgutil.walk_packages(gssl.__path__, 'gssl.'):
    if not m.name.endswith('_modidx'): print(m.name, importlib.import_module(m.name) and 1)"""
    r = run(clean/'python', '-W', 'error::DeprecationWarning:gssl', '-c', code, cwd=tmp_path, env=clean_env())
    assert len(r.stdout.splitlines()) >= 10 and not r.stderr, r.stderr

def test_the_command_is_there_with_fastcore_2_and_lists_what_it_can_do(clean, tmp_path):
    r = run(clean/'gssl', cwd=tmp_path, env=clean_env())
    assert not r.stderr and all(f'  {c} ' in r.stdout for c in COMMANDS)

@pytest.mark.parametrize('command', COMMANDS)
def test_help_is_there_and_mostly_needs_no_torch(command, clean, tmp_path):
    code = f"""import sys
from gssl.cli import main
try: main([{command!r}, '--help'])
except SystemExit as e: assert not e.code
assert {command in HEAVY} or 'torch' not in sys.modules"""
    assert f'gssl {command}' in py(clean, code, tmp_path)

def test_a_run_works_there_from_the_shipped_generator_to_a_record(clean, tmp_path):
    run(clean/'gssl', 'fewshot', '--source','lasium-ro', '--generator','vae-glyphs', '--learner','maml',
        '--iterations',2, '--test-tasks',4, '--test-steps',2, '--out',tmp_path/'run', cwd=tmp_path, env=clean_env())
    assert (tmp_path/'run'/'record.json').exists()

def test_the_default_classifier_works_there_from_a_folder_to_a_sorted_heap(clean, tmp_path):
    "What a stranger does first: gssl classify as it comes needs nothing beyond gssl's requirements"
    py(clean, '''from pathlib import Path
from PIL import Image
from gssl.images import glyphs
s = glyphs('test')
for i in range(0, 80):
    at = Path('photos')/str(int(s.labels[i])) if i%20<12 else Path('heap')
    at.mkdir(parents=True, exist_ok=True)
    Image.fromarray(s.images[i,0].numpy()).save(at/f'{i}.png')''', tmp_path)
    for line in ('classify --data photos --labels-per-class 5 --out run', 'predict run heap --out sorted',
                 'export run --out taken'):
        run(clean/'gssl', *line.split(), cwd=tmp_path, env=clean_env())
    heap = len(list((tmp_path/'heap').iterdir()))
    assert len((tmp_path/'sorted'/'predictions.csv').read_text().splitlines())==heap+1

def test_pip_finds_nothing_missing_there(clean):
    assert 'gssl' not in run(clean/'python', '-m', 'pip', 'check', ok=False, env=clean_env()).stdout
