"""Callbacks of the pages, posted as the browser does."""


def call(client, output, name, prop, value, *, headers=None):
    """Post one callback as the browser does."""
    component, attribute = output.rsplit(".", 1)
    body = {
        "output": output,
        "outputs": {"id": component, "property": attribute},
        "inputs": [{"id": name, "property": prop, "value": value}],
        "changedPropIds": [f"{name}.{prop}"],
        "state": [],
    }
    return client.post("/_dash-update-component", json=body, headers=headers or {})
