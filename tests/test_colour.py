"Colour from the command line: a mismatch is said before the work, and a generator made from a seed suits."
import numpy as np
from PIL import Image
from gssl.cli import main
from gssl.files import load_json

def photographs(folder):
    rng = np.random.default_rng(0)
    for c,tint in (('sea',(.3,.4,1)), ('wood',(.3,1,.4))):
        (folder/c).mkdir(parents=True)
        for i in range(12): Image.fromarray((rng.random((12,12,3))*tint*255).astype('u1')).save(folder/c/f'{i}.png')

def test_a_mismatch_is_said_and_a_procedure_suits(tmp_path, capsys):
    photographs(tmp_path/'photos')
    cmd = ['classify', '--data', str(tmp_path/'photos'), '--labels-per-class','5', '--size','12', '--steps','2',
           '--batch','4', '--width','4', '--unlabelled','uniform', '--device','cpu']
    assert main([*cmd, '--out', str(tmp_path/'letters')])==0
    said = capsys.readouterr().err
    assert 'note: the generator' in said and 'about' in said and "unlabelled='none'" in said
    assert main([*cmd, '--foundation','dead-leaves', '--out', str(tmp_path/'leaves')])==0
    assert 'note:' not in capsys.readouterr().err
    assert 'made from seed 0' in load_json(tmp_path/'leaves'/'record.json')['foundation']
