"""The page of the treatment catalogue: what it shows, and how a changed one is given back."""

import base64

import pytest
from werkzeug.exceptions import BadRequest

from dashboard.context import Context
from dashboard.pages import catalogue
from pavement.errors import PlanError, StoreError
from pavement.schema import read_table
from pavement.store import catalogues
from tests.dashboard.test_pages import page_text


def packed(content: bytes) -> str:
    """Return a file as the browser sends it."""
    return "data:text/csv;base64," + base64.b64encode(content).decode()


def changed(price: float) -> bytes:
    table = read_table("treatments")
    table.loc[table["treatment"] == "overlay", "cost_mid"] = price
    return catalogues.csv(table)


@pytest.mark.parametrize("role", ["viewer", "planner"])
def test_all_see_prices_with_their_state_and_planners_the_form(signed_in, role):
    client = signed_in(role)
    client.get("/language/en")
    text = page_text(client, "/catalogue")
    assert "Prices are examples, to confirm." in text
    assert "380 – 500 – 680" in text
    assert "Area cracked 0.5–5 %" in text
    assert "Faulting ≥ 2.54 mm" in text
    assert "which works may follow which" in text
    assert ("catalogue-go" in text) == (role == "planner")


def test_the_tables_can_be_taken(signed_in):
    answer = signed_in("viewer").get("/export/catalogue/treatments.csv")
    assert answer.status_code == 200
    assert answer.data == catalogues.csv(read_table("treatments"))
    assert signed_in("viewer").get("/export/catalogue/penalty.csv").data == catalogues.csv(read_table("penalty"))
    assert signed_in("viewer").get("/export/catalogue/resets.csv").data.startswith(b"\xef\xbb\xbftreatment,kind,")
    assert signed_in("viewer").get("/export/catalogue/users.csv").status_code == 404


def test_uploads_are_told_apart_by_name_and_the_other_table_stays(app, store, settings):
    context = Context(store, settings)
    with app.server.test_request_context():
        with pytest.raises(PlanError, match="is no table"):
            catalogue.given_tables(["prices.csv"], [packed(b"a,b\n1,2\n")])
        with pytest.raises(BadRequest):
            catalogue.given_tables(["treatments.csv"], ["data:text/csv;base64,*"])
        tables = catalogue.given_tables(["treatments (2).csv"], [packed(changed(0))])
        with pytest.raises(PlanError) as caught:
            catalogue.kept_version(context, tables, "wrong price", 0, user="planner")
        assert "單價須大於 0" in str(catalogue._faults(caught.value))
        with pytest.raises(StoreError, match="needs a reason"):
            catalogue.kept_version(context, catalogue.given_tables(["treatments.csv"], [packed(changed(501))]), "", 0,
                                   user="planner")  # fmt: skip
    assert catalogues.current(store).version == 0
