"Every bad input of bad_inputs.py is refused: in one line that teaches, at once, and before a folder is taken."
import contextlib, io, os, pickle, shutil, signal
from pathlib import Path
import pytest
import bad_inputs as bad
from gssl.cli import main

SECONDS = 90 # that a refusal may take on a machine that does much else

class Hung(BaseException):
    pass

@contextlib.contextmanager
def limit(seconds=SECONDS):
    def ring(*_): raise Hung(f'not refused within {seconds} s')
    old = signal.signal(signal.SIGALRM, ring)
    signal.alarm(seconds)
    try: yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, old)

def said(argv):
    "Exit code and error stream of a command, run here"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), limit():
        try: code = main([str(a) for a in argv])
        except SystemExit as e: code = e.code
    return code, err.getvalue(), out.getvalue()

def assert_refused(argv):
    code, err, out = said(argv)
    lines = [l for l in err.splitlines() if l.strip()]
    assert code in (1,2), f'exit {code}: {err[-500:]}{out[-500:]}'
    assert 'Traceback' not in err and lines, err[-1000:]
    if not lines[0].startswith('usage:'):
        assert len(lines)==1, err[-2000:]
    last = lines[-1]
    assert last.startswith('gssl') and len(last)>40 or 'argument' in last, last
    assert len(last)<1500, f'{len(last)} letters: {last[:300]}'
    assert "Errno" not in last and "Error:" not in last, last

@pytest.fixture(scope='module')
def top(tmp_path_factory):
    "Folders that the command lines name: sets, a generator, a finished run and one without its record"
    top = tmp_path_factory.mktemp('bad')
    os.mkfifo(top/'pipe')
    (top/'file.txt').write_text('hello')
    (top/'to-proc').symlink_to('/proc')
    bad.data(top)
    bad.a_generator(top/'vae')
    assert main([*RUN, '--out', str(top/'run')])==0
    shutil.copytree(top/'run', top/'state')
    (top/'state'/'record.json').unlink()
    assert main(['classify', '--data',str(top/'good'), *LITTLE, '--out',str(top/'ssl')])==0
    return top

RUN = ('fewshot', '--generator', 'vae-glyphs', '--learner', 'protonets', '--iterations', '2', '--meta-batch', '2',
       '--test-tasks', '3')

LITTLE = ('--labels-per-class', '3', '--unlabelled', 'none', '--loss', 'none', '--steps', '2', '--width', '4')

def commands():
    for c in bad.CONFIGS:
        yield from bad.wrong_values(c)
    yield from bad.evaluations()
    yield from bad.places()
    yield from bad.uses()
    yield from bad.typed().items()

def each(cases):
    "Parameters with their names as identities"
    cases = [(name, *rest) for name,*rest in cases]
    return [pytest.param(*rest, id=name.replace('\0','0')) for name,*rest in cases]

@pytest.mark.parametrize('argv', each(commands()))
def test_a_wrong_command_line_is_refused_and_nothing_is_made(argv, top, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for word,path in dict(top=top, run=top/'run', ssl=top/'ssl').items():
        argv = [a.replace(f'{{{word}}}', str(path)) for a in argv]
    assert_refused(argv)
    assert not list(tmp_path.iterdir()), f'made {[p.name for p in tmp_path.iterdir()]}'

@pytest.mark.parametrize('command', ('generator', 'classify', 'fewshot'))
@pytest.mark.parametrize('name', bad.SETS)
def test_a_damaged_set_is_refused_and_nothing_is_made(name, command, top, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    if (command, name) in bad.USABLE: pytest.skip("of use to this command")
    assert_refused(bad.read_by(command, name, top))
    assert not list(tmp_path.iterdir())

@pytest.mark.parametrize('which, damage, argv', each(bad.damages('run', 'state', 'ssl')))
def test_a_damaged_run_is_refused(which, damage, argv, top, tmp_path):
    at = tmp_path/'at'
    shutil.copytree(top/which, at)
    damage(at)
    before = {p: p.read_bytes() for p in at.rglob('*') if p.is_file()}
    argv = argv or (*RUN, '--out', '{at}')
    assert_refused([a.replace('{at}', str(at)).replace('{top}', str(top)) for a in argv])
    after = {p: p.read_bytes() for p in at.rglob('*') if p.is_file()}
    assert all(after.get(p)==b for p,b in before.items() if p.name!='.lock')

@pytest.mark.parametrize('damage', each(bad.generators()))
def test_a_damaged_generator_is_refused(damage, top, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(top/'vae', tmp_path/'g')
    damage(tmp_path/'g')
    assert_refused((*RUN[:1], '--generator', tmp_path/'g', *RUN[3:]))
    assert [p.name for p in tmp_path.iterdir()]==['g']

@pytest.fixture(scope='module')
def biggan(tmp_path_factory):
    "A folder with a small BigGAN"
    pytest.importorskip('pytorch_pretrained_biggan')
    from gssl.foundation import TINY_BIGGAN, random_biggan, write_biggan
    at = tmp_path_factory.mktemp('biggan')/'b'
    write_biggan(at, random_biggan(**TINY_BIGGAN))
    return at

@pytest.mark.parametrize('damage', each(bad.biggans()))
def test_a_damaged_biggan_is_refused(damage, biggan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    shutil.copytree(biggan, tmp_path/'b')
    damage(tmp_path/'b')
    assert_refused(('classify', '--steps', '1', '--foundation', tmp_path/'b'))
    assert [p.name for p in tmp_path.iterdir()]==['b']

@pytest.mark.parametrize('content', each(bad.pickles()))
def test_a_hostile_pickle_is_refused(content, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for split in ('train','val','test'):
        (tmp_path/f'mini-imagenet-cache-{split}.pkl').write_bytes(pickle.dumps(content, 2))
    assert_refused(('fewshot', '--data', 'miniimagenet', '--root', tmp_path, '--source', 'labelled'))
    assert not (tmp_path/'runs').exists()

def names_of_calls():
    return list(bad.calls(Path('.')))

@pytest.mark.parametrize('name', names_of_calls())
def test_a_wrong_call_is_answered_in_words(name, top):
    with limit():
        try: bad.calls(top)[name]()
        except (ValueError, TypeError, FileNotFoundError) as e: found = e
        else: pytest.fail('it was not refused')
    text = str(found)
    assert ':' in text or len(text)>40, text
    last = found.__traceback__
    while last.tb_next: last = last.tb_next
    assert '/gssl/' in last.tb_frame.f_code.co_filename, f'raised by {last.tb_frame.f_code.co_filename}: {text}'

def test_links_in_a_circle_are_read_once(top, tmp_path):
    shutil.copytree(top/'good', tmp_path/'d')
    (tmp_path/'d'/'c0'/'up').symlink_to(tmp_path/'d')
    (tmp_path/'d'/'c1'/'here').symlink_to('.')
    os.mkfifo(tmp_path/'d'/'c1'/'pipe.png')
    from gssl.datasets import folder
    with limit(): assert len(folder(tmp_path/'d', 'all'))==80

def test_an_archive_writes_nowhere(tmp_path):
    import zipfile
    from gssl.datasets import folder
    picture = (bad.classes(tmp_path/'good', 2, 2)/'c0'/'0.png').read_bytes()
    with zipfile.ZipFile(tmp_path/'d.zip', 'w') as z:
        for n in ('a/0.png', 'a/1.png', 'b/../../../outside.png', '/tmp/gssl-outside.png'): z.writestr(n, picture)
    before = set(tmp_path.iterdir())
    try: folder(tmp_path/'d.zip', 'all')
    except ValueError: pass
    assert set(tmp_path.iterdir())==before and not Path('/tmp/gssl-outside.png').exists()

def test_there_are_three_hundred():
    damaged = len(bad.SETS)*3 + sum(len(each(f)) for f in (
        bad.damages('run','state','ssl'), bad.generators(), bad.biggans(), bad.pickles()))
    assert len(list(commands()))+damaged+len(names_of_calls())>=300
