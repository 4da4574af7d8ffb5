"""The wheel, installed as strangers install it: with the oldest and the newest versions of what gssl asks for.

    python tools/wheels.py [--python PYTHON ...] [--only oldest|newest] [--where DIR]

Builds the wheel, and for every interpreter and every set of versions makes an environment outside of the repository,
lets pip fetch what is asked for, imports every module and runs `gssl classify`, `fewshot`, `predict`, `export` and
others in small. A line each; the exit status is 1 where anything fails. An environment takes up to 8 GB where PyTorch
brings CUDA; it is removed before the next is made, and what pip fetched is kept until the end. An interpreter is looked
for on the path and among pyenv's; one that is not there is left out, and named."""
import argparse, configparser, os, shutil, subprocess, sys, tempfile, time
from pathlib import Path
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ('python3.10', 'python3.11', 'python3.12', 'python3.13')
FIRST = { # the first that has a wheel there, and exports, where that is a later one
    'python3.12': {'torch':'2.4', 'torchvision':'0.19'},
    'python3.13': {'torch':'2.6', 'torchvision':'0.21', 'scikit-learn':'1.5.2'}}
TRY = '''import importlib, pkgutil, gssl
names = [m.name for m in pkgutil.walk_packages(gssl.__path__, 'gssl.') if not m.name.endswith('_modidx')]
for name in names: importlib.import_module(name)
from importlib.metadata import version
print(len(names), 'modules;', ', '.join(f'{p} {version(p)}' for p in ('torch', 'fastcore', 'numpy')))'''
PICTURES = '''import sys
from pathlib import Path
from PIL import Image
from gssl.images import glyphs
s = glyphs('test')
for k in range(60):
    i = int((s.labels==k//20).nonzero()[k%20,0])
    at = Path(sys.argv[1])/s.classes[k//20]
    at.mkdir(parents=True, exist_ok=True)
    Image.fromarray(s.images[i,0].numpy()).save(at/f'{k}.png')'''
COMMANDS = (
    'classify --data photos --labels-per-class 5 --unlabelled none --loss none --steps 5 --width 4 --out few',
    'fewshot --generator vae-glyphs --learner protonets --iterations 3 --test-tasks 5 --out shot',
    'fewshot --generator vae-glyphs --iterations 2 --test-tasks 3 --test-steps 2 --out maml',
    'classify --data photos --labels-per-class 5 --out default', 'predict default photos --out sorted-by-default',
    'export default --out taken-by-default', 'predict few photos --out sorted',
    'predict shot photos --support photos --out sorted-too', 'export few --out taken', 'plot shot', 'evaluate few',
    'status shot', 'list')

def requirements():
    cfg = configparser.ConfigParser(delimiters=['='], interpolation=None)
    cfg.read(ROOT/'settings.ini', encoding='utf-8')
    return [Requirement(r) for r in cfg['DEFAULT']['requirements'].split()]

def pins(which, python):
    "What pip is told besides the wheel: nothing, or the least version of every requirement"
    if which=='newest': return []
    least = {r.name: s.version for r in requirements() for s in r.specifier if s.operator in ('>=','~=')}
    least |= FIRST.get(python, {})
    return [f'{name}=={version}' for name,version in least.items()]

def found(python):
    "The interpreter of this name that answers, or None: pyenv's names on the path are there for each that it has"
    known = Path.home()/'.pyenv'/'versions'
    places = [shutil.which(python), *sorted(known.glob(f'*/bin/{Path(python).name}'))]
    for at in filter(None, places):
        if subprocess.run([at, '-c', 'import venv'], capture_output=True).returncode==0: return at

def call(*cmd, **kw):
    env = {k:v for k,v in os.environ.items() if k not in ('PYTHONPATH','PYTHONHOME','VIRTUAL_ENV')}
    r = subprocess.run([str(c) for c in cmd], capture_output=True, text=True, stdin=subprocess.DEVNULL, env=env, **kw)
    if r.returncode:
        raise RuntimeError(f"{' '.join(map(str, cmd))[:200]}: {(r.stderr or r.stdout).strip()[-1500:]}")
    return r.stdout.strip()

def wheel(to):
    "Built from a copy of the tree"
    src = to/'gssl'
    ignored = '.*', '_docs', 'build', 'dist', 'demo', 'runs', '*.egg-info', '__pycache__', 'tests'
    shutil.copytree(ROOT, src, ignore=shutil.ignore_patterns(*ignored))
    call(sys.executable, '-m', 'build', '--outdir', to/'dist', src)
    return next((to/'dist').glob('*.whl'))

def tried(python, at_python, which, whl, top):
    "What an environment says of itself, when everything worked there"
    at = top/f'{Path(python).name}-{which}'
    call(at_python, '-m', 'venv', at)
    py = at/'bin'/'python'
    try:
        call(py, '-m', 'pip', 'install', '-q', '--disable-pip-version-check', '--cache-dir', top/'fetched', whl,
             *pins(which, python))
        desk = at/'desk'
        desk.mkdir()
        said = call(py, '-W', 'error::DeprecationWarning:gssl', '-c', TRY, cwd=desk)
        call(py, '-c', PICTURES, 'photos', cwd=desk)
        for line in COMMANDS: call(at/'bin'/'gssl', *line.split(), cwd=desk)
        return f'{said}; {len(COMMANDS)} commands'
    finally: shutil.rmtree(at)

def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--python', nargs='+', default=PYTHONS)
    parser.add_argument('--only', choices=('oldest','newest'))
    parser.add_argument('--where', help="folder for the environments, one at a time (default: a temporary one)")
    a = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory(dir=a.where) as d:
        whl = wheel(Path(d))
        for python in a.python:
            if not (at := found(python)):
                print(f'{python}: not on this machine')
                continue
            for which in (a.only,) if a.only else ('oldest','newest'):
                began = time.monotonic()
                try: said = tried(python, at, which, whl, Path(d))
                except RuntimeError as e: failed, said = 1, f'FAILED: {e}'
                print(f'{Path(python).name}, {which}: {said} ({time.monotonic()-began:.0f} s)', flush=True)
    sys.exit(failed)

if __name__=='__main__': main()
