"""Make README.md from nbs/index.ipynb: prose, code and stored outputs; pictures become files in nbs/images.
Of an explorer, which needs scripts, the still picture is taken."""
import base64, io, re
from pathlib import Path
from PIL import Image
from cells import read_nb, reader_cells, off

root = Path(__file__).resolve().parent.parent

def relink(md):
    "Links relative to nbs/ become links relative to the repository's root"
    local = r'(\]\(|(?:src|href)=")(?!https?:|mailto:|#|/|data:)(\.\./)?'
    return re.sub(local, lambda m: m[1]+('' if m[2] else 'nbs/'), md)

def fence(text, lang=''):
    return f"```{lang}\n{text.rstrip()}\n```"

def still(html, wide=640):
    "The picture that an explorer shows where scripts are off, as a PNG about so many pixels wide; None without one"
    m = 'gssl-explorer' in html and re.search(r'<noscript><img src="data:image/png;base64,([\w+/=]+)"', html)
    if not m: return None
    picture, out = Image.open(io.BytesIO(base64.b64decode(m[1]))), io.BytesIO()
    zoom = max(1, wide//picture.width)
    picture.resize((zoom*picture.width, zoom*picture.height), Image.NEAREST).save(out, 'PNG', optimize=True)
    return out.getvalue()

def output(o, images, stem, dirs):
    "Markdown for one stored output; `images` collects file name -> bytes, `dirs` may caption a figure"
    data = o.get('data', {})
    text = lambda key: ''.join(data[key])
    if o['output_type']=='stream':
        return fence(''.join(o['text'])) if o['name']=='stdout' else ''
    html = text('text/html') if 'text/html' in data else ''
    png = base64.b64decode(text('image/png')) if 'image/png' in data else still(html)
    if png:
        name = f'{stem}-{len(images)+1}.png'
        images[name] = png
        cap = f"\n\n*{dirs['fig-cap']}*" if 'fig-cap' in dirs else ''
        return f"![{dirs.get('fig-alt', '')}](nbs/images/{name}){cap}"
    if 'text/markdown' in data:
        return relink(text('text/markdown').strip())
    if html:
        return relink(html.strip())
    return fence(text('text/plain')) if 'text/plain' in data else ''

def readme(path=root/'nbs'/'index.ipynb'):
    "README text and its pictures"
    parts,images = [], {}
    for c,dirs,src in reader_cells(read_nb(path)):
        if c['cell_type']=='markdown':
            parts.append(relink(src.strip()))
            continue
        if not (off(dirs,'echo') or 'hide_input' in dirs):
            parts.append(fence(src.strip(), 'python'))
        if not (off(dirs,'output') or 'hide_output' in dirs):
            parts += [output(o, images, 'index', dirs) for o in c['outputs']]
    return '<!-- Made from nbs/index.ipynb by `make readme` -->\n\n' + '\n\n'.join(p for p in parts if p) + '\n', images

def main():
    text,images = readme()
    (root/'README.md').write_text(text, encoding='utf-8')
    folder = root/'nbs'/'images'
    for old in folder.glob('index-*.png'): old.unlink()
    for name,b in images.items():
        folder.mkdir(exist_ok=True)
        (folder/name).write_bytes(b)

if __name__=='__main__': main()
