"kill -9 in the middle of training, then the same command again: the same weights, bit for bit, as if uninterrupted."
import json, shutil, signal, subprocess, sys, time
import pytest
from safetensors import safe_open
from conftest import ROOT, bin, run
from forked import start

def do(*args, ok=True, **kw):
    "Run a command to its end: exit code, and what it said"
    said = args[-1].with_suffix('.said')
    p = start(args, said, **kw)
    p.join(900)
    p.kill()
    text = said.read_text()
    if ok and p.exitcode: pytest.fail(f"{args}: exit code {p.exitcode}\n{text[-4000:]}", pytrace=False)
    return p.exitcode, text

def version_of(path):
    "Changes whenever the file is replaced"
    try:
        s = path.stat()
        return s.st_ino, s.st_mtime_ns
    except FileNotFoundError: return None

def killed_at(args, state, saves, timeout=900):
    "Run, and kill -9 once `state` has been written `saves` times"
    said = args[-1].with_suffix('.said')
    p = start(args, said)
    seen,end = {version_of(state)}, time.time()+timeout
    try:
        while len(seen)<=saves:
            if not p.is_alive():
                pytest.fail(f"the run ended before it could be killed: {said.read_text()[-2000:]}")
            assert time.time()<end, "no checkpoint appeared"
            seen.add(version_of(state))
            time.sleep(.002)
    finally:
        p.kill()
        p.join(30)
    assert p.exitcode==-signal.SIGKILL

def tensors(path):
    with safe_open(path, 'np') as f:
        return {k: f.get_tensor(k) for k in f.keys()}

def assert_same_bits(a, b):
    a,b = tensors(a), tensors(b)
    assert a.keys()==b.keys() and len(a)>5
    for k in a:
        same = a[k].dtype==b[k].dtype and a[k].shape==b[k].shape and a[k].tobytes()==b[k].tobytes()
        assert same, f"tensor {k} differs"

@pytest.mark.parametrize('kind', ('vae','msgan'))
def test_a_generator_killed_twice_ends_with_the_same_bits(kind, angles, tmp_path):
    args = ('generator', '--data',angles, '--kind',kind, '--width',.25, '--epochs',5, '--batch-size',16, '--seed',3)
    whole,cut = tmp_path/'whole', tmp_path/'cut'
    do(*args, '--out',whole)
    for saves in (2,3):
        killed_at((*args, '--out',cut), cut/'state.safetensors', saves)
    card = cut/'generator.json'
    assert not card.exists() or '"epochs": 5' not in card.read_text(), "it was killed too late to test anything"
    do(*args, '--out',cut)
    for f in ('state.safetensors','generator.safetensors'):
        assert_same_bits(whole/f, cut/f)
    assert (whole/'log.jsonl').read_text()==(cut/'log.jsonl').read_text()

@pytest.mark.parametrize('learner, more', [
    ('maml', ('--source','lasium-ro', '--generator','vae-glyphs', '--test-steps',3, '--iterations',14)),
    ('protonets', ('--source','labelled', '--iterations',40))])
def test_a_meta_training_killed_twice_ends_with_the_same_bits_and_record(learner, more, tmp_path):
    args = ('fewshot', '--learner',learner, *more, '--meta-batch',2, '--test-tasks',6, '--seed',3)
    whole,cut = tmp_path/'whole', tmp_path/'cut'
    do(*args, '--out',whole)
    for saves in (2,4):
        killed_at((*args, '--out',cut), cut/'state.safetensors', saves)
    assert not (cut/'record.json').exists()
    do(*args, '--out',cut)
    assert_same_bits(whole/'state.safetensors', cut/'state.safetensors')
    assert (whole/'log.jsonl').read_text()==(cut/'log.jsonl').read_text()
    a,b = (json.loads((d/'record.json').read_text()) for d in (whole,cut))
    assert all(a[k]==b[k] for k in ('accuracy','interval','config','tasks'))

def test_a_run_killed_before_its_first_checkpoint_starts_over(tmp_path):
    args = ('fewshot', '--generator','vae-glyphs', '--learner','protonets', '--iterations',4,
            '--test-tasks',4, '--seed',3)
    killed_at((*args, '--out',tmp_path/'cut'), tmp_path/'cut'/'config.json', 1)
    do(*args, '--out',tmp_path/'cut')
    do(*args, '--out',tmp_path/'whole')
    assert_same_bits(tmp_path/'whole'/'state.safetensors', tmp_path/'cut'/'state.safetensors')

def test_what_a_kill_and_a_resume_leave_can_be_read(angles, tmp_path):
    args = ('generator', '--data',angles, '--kind','vae', '--epochs',3, '--batch-size',16, '--seed',1,
            '--out',tmp_path/'g')
    killed_at(args, tmp_path/'g'/'state.safetensors', 3)
    do(*args)
    from gssl.files import load_state
    from gssl.kinds import load_generator
    load_state(tmp_path/'g'/'state.safetensors')
    load_generator(tmp_path/'g')
    stray = [p for p in (tmp_path/'g').rglob('*.tmp')]
    assert len(stray)<=1, stray # the one file being written at the kill

def test_kills_at_random_moments_change_nothing():
    "The short form of `make faults`"
    said = run(sys.executable, ROOT/'tools'/'faults.py', '--kills', 1, 'protonets', 'ssml', 'mpssl').stdout
    assert said.endswith('3 of 3 the same, bit for bit\n'), said

def flip(path):
    data = bytearray(path.read_bytes())
    data[-9] ^= 1
    path.write_bytes(data)

@pytest.mark.parametrize('number, code', ((signal.SIGTERM, 143), (signal.SIGINT, 130)))
def test_a_signal_saves_and_an_altered_checkpoint_is_not_gone_on_from(number, code, tmp_path):
    args = ('fewshot', '--generator','vae-glyphs', '--learner','protonets', '--iterations',60, '--meta-batch',2,
            '--test-tasks',4, '--seed',3, '--out',tmp_path/'cut')
    heed = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL) # a shell's background job ignores it
    once = (bin('gssl'), *map(str, args))
    p = subprocess.Popen(once, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                         preexec_fn=heed)
    try:
        end = time.time()+300
        log = tmp_path/'cut'/'log.jsonl'
        while not (log.exists() and log.stat().st_size) and time.time()<end and p.poll() is None:
            time.sleep(.01)
        p.send_signal(number)
        err = p.communicate(timeout=300)[1]
    finally: p.kill()
    assert p.returncode==code and 'Traceback' not in err, err
    assert 'saved in' in err and 'the same command continues' in err.splitlines()[-1], err
    from gssl.files import load_state
    step = load_state(tmp_path/'cut'/'state.safetensors')['step']
    assert 0<step<60                        # though saves are half a minute apart
    shutil.copy(tmp_path/'cut'/'state.safetensors', tmp_path/'cut'/'state.previous.safetensors')
    flip(tmp_path/'cut'/'state.safetensors')
    _, went_on = do(*args, saves_often=False)
    assert 'checksum' in went_on and f'(step {step})' in went_on
    do(*args[:-1], tmp_path/'whole', saves_often=False)
    assert_same_bits(tmp_path/'whole'/'state.safetensors', tmp_path/'cut'/'state.safetensors')
    assert (tmp_path/'whole'/'log.jsonl').read_text()==(tmp_path/'cut'/'log.jsonl').read_text()

def test_a_full_disk_is_said_and_what_was_saved_is_kept(tmp_path):
    args = ('fewshot', '--generator','vae-glyphs', '--learner','protonets', '--iterations',6, '--meta-batch',2,
            '--test-tasks',4, '--out',tmp_path/'cut')
    code, said = do(*args, ok=False, most=300_000)
    last = said.strip().splitlines()[-1]
    assert code==2 and 'cannot write' in last and 'state.safetensors' in last, said
    assert 'Traceback' not in said and not list((tmp_path/'cut').glob('.*.tmp'))
    do(*args)
    do(*args[:-1], tmp_path/'whole')
    assert_same_bits(tmp_path/'whole'/'state.safetensors', tmp_path/'cut'/'state.safetensors')
