"""When do the words of a live caption appear, when are they settled, and what does it cost: commit policies compared.

python -m bench.commit [--quick] [--json FILE] [--model FOLDER]
"""
