"""What install.py does, one concern per module. Standard library only, Python 3.8 and later.

command_line.py  the options, and failures told in one sentence
    alone.py     one installer at a time
    steps.py     the seven steps of an installation, in order
        kritas.py       finds every Krita            interpreter.py  finds a Python for the backend
        torch_choice.py chooses the PyTorch build    environment.py  makes the venv
        backend_files.py the backend, keys, launcher vendored.py     pyzmq and msgpack per Python
        plugin.py       stages the plugin            kritarc.py      switches it on
        first_edit.py   the real edit at the end
    uninstall.py takes back what manifest.py remembers
    doctor.py    says what is right and wrong
"""
