"""Says what customers may also like."""

import flask

app = flask.Flask(__name__)


@app.get("/recommendations/<product>")
def recommendations(product):
    # The model is tried again next quarter; until then, what sells best.
    return {"product": product, "also": ["teapot", "cup", "saucer"]}


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
