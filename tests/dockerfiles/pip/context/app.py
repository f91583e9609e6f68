"""Usage: app.py [TEXT]"""
import docopt
import jieba

text = docopt.docopt(__doc__)["TEXT"] or "今天天气很好"
print(" ".join(jieba.cut(text)))
