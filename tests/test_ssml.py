"SSML from a terminal: the same labels for the mixture and its supervised rival, and what too few labels are told."
import json, subprocess, sys
from conftest import gssl

TINY = ('--data','glyphs', '--learner','protonets', '--backbone','authors', '--iterations',2, '--meta-batch',2,
        '--test-tasks',6)
MADE = dict(ssml=('--generator','vae-glyphs'), labelled=())
SOME = ('--scheme','instances', '--labels',10)

def one_line(r, *words):
    "A mistake's answer"
    return r.returncode==2 and len(r.stderr.strip().splitlines())==1 and all(w in r.stderr for w in words)

def test_ssml_and_the_supervised_curve_are_one_flag_apart_and_see_the_same_labels(tmp_path):
    for source in ('ssml','labelled'):
        gssl('fewshot', '--source',source, *SOME, '--fit', *TINY, *MADE[source], '--out',tmp_path/source)
    a, b = (json.loads((tmp_path/s/'record.json').read_text()) for s in ('ssml','labelled'))
    of_a, of_b = a['labels'], b['labels']
    assert of_a['labelled_images']==of_b['labelled_images']==2*of_a['classes'] and of_a['per_class']==[2,2.0,2]
    assert of_b['task']==dict(shot=1, query=1, classes=of_a['classes'])
    assert a['config']['source']['labels']['percent']==10 and a['key']!=b['key']

def test_too_few_labels_are_told_the_smallest_share_that_works(tmp_path):
    r = gssl('fewshot', '--source','labelled', *SOME, *TINY, '--out',tmp_path/'x', ok=False)
    assert one_line(r, '--labels 27.5', '--fit') and not (tmp_path/'x').exists(), r.stderr

def test_mistakes_about_labels_are_answered(tmp_path):
    for args,word in (
        (('--source','lasium-ro','--labels',10), 'lasium-ro'),
        (('--source','ssml','--mixture','stir'), 'alternate'),
        (('--source','ssml','--scheme','some'), 'instances'),
        (('--source','ssml','--labels',0), 'percent'),
    ):
        r = gssl('fewshot', *args, '--out',tmp_path/'x', ok=False)
        assert one_line(r, word), r.stderr

def test_a_semi_supervised_gan_loads_where_nothing_else_was_imported(tmp_path):
    from gssl.ssgan import SSGAN_KINDS
    from gssl.kinds import build_generator, save_generator
    save_generator(tmp_path/'g', build_generator('ssgan', (1,28,28), width=.1, classes=3))
    code = f"from gssl.kinds import open_generator; print(open_generator({str(tmp_path/'g')!r}).n_classes)"
    r = subprocess.run([sys.executable, '-c', code], capture_output=True, text=True, check=True)
    assert 'ssgan' in SSGAN_KINDS and r.stdout.strip()=='None'
