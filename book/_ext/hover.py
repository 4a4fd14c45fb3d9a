"""A word that links to the glossary shows its meaning when the pointer rests on it."""

from docutils import nodes

GLOSSARY = "book/glossary"


def meanings(env):
    """What each term of the glossary means, by the anchor of the term."""
    found = {}
    for item in env.get_doctree(GLOSSARY).findall(nodes.definition_list_item):
        meaning = " ".join(part.astext() for part in item.findall(nodes.definition))
        for term in item.findall(nodes.term):
            found |= dict.fromkeys(term["ids"], " ".join(meaning.split()))
    return found


def add_titles(app, doctree, docname):
    """Give each reference to a term its meaning as the title that a browser shows."""
    if GLOSSARY not in app.env.found_docs:
        return
    known = meanings(app.env)
    for node in doctree.findall(nodes.reference):
        anchor = node.get("refid") or node.get("refuri", "").rpartition("#")[2]
        if anchor in known:
            node["reftitle"] = known[anchor]


def setup(app):
    app.connect("doctree-resolved", add_titles)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
