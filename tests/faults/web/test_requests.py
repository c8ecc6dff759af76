"""Requests that are forged, too long or from elsewhere: W3 to W5, W8 and W10 of the acceptance list."""

import pytest

from tests.dashboard.conftest import PASSWORD
from tests.faults.web.pages import call


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, 200),
        ({}, 200),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "http://localhost:9999"}, 403),
    ],
)
def test_w3_posts_from_elsewhere_are_refused(signed_in, headers, status):
    assert call(signed_in("viewer"), "page.children", "url", "pathname", "/", headers=headers).status_code == status


def test_w3_the_sign_in_form_checks_the_origin_too(client):
    form = {"name": "viewer", "password": PASSWORD}
    assert client.post("/login", data=form, headers={"Origin": "https://evil.example"}).status_code == 403


def test_w4_bodies_over_the_limit_are_refused(signed_in):
    client = signed_in("data")
    long = client.post("/_dash-update-component", data=b"{" + b" " * (3 * 2**20), content_type="application/json")
    assert long.status_code == 413
    assert client.post("/uploads", json={"name": "a.zip", "size": 1_000_001}).status_code == 413
    key = client.post("/uploads", json={"name": "a.zip", "size": 10}).get_json()["id"]
    assert client.put(f"/uploads/{key}?offset=0", data=b"x" * 11).status_code == 413
    assert client.post("/login", data={"name": "x" * 20_000, "password": "y"}).status_code == 413


BAD_IDS = ["..", "%2e%2e", "..%252f", "..%2f..%2fetc", "A", "a%00", "a_b", "n1-s-1-020000%0a"]


@pytest.mark.parametrize("bad", BAD_IDS)
@pytest.mark.parametrize("path", ["/image/{}", "/uploads/{}", "/export/worklist/{}.csv"])
def test_w5_ids_in_addresses_have_one_form(signed_in, path, bad):
    assert signed_in("admin").get(path.format(bad)).status_code in (404, 405)


@pytest.mark.parametrize("bad", ["../x", "x" * 90, "N1", "<b>", "n1-s-1-999999"])
def test_w5_w8_a_forged_cell_gives_a_page_that_says_so(signed_in, bad):
    answer = call(signed_in("viewer"), "page.children", "url", "pathname", f"/segment/{bad}")
    assert answer.status_code == 200
    assert (
        "沒有這個頁面" in answer.get_json()["response"]["page"]["children"]["props"]["children"][0]["props"]["children"]
    )


def test_w8_forged_values_are_a_400_and_unknown_outputs_too(signed_in):
    client = signed_in("viewer")
    forged = {
        "output": "..map-year.data...map-year.value..",
        "outputs": [{"id": "map-year", "property": "data"}, {"id": "map-year", "property": "value"}],
        "inputs": [{"id": "map-kind", "property": "value", "value": "1; DROP TABLE run"}],
        "state": [{"id": "map-year", "property": "value", "value": "2024"}],
        "changedPropIds": ["map-kind.value"],
    }
    assert client.post("/_dash-update-component", json=forged).status_code == 400
    assert call(client, "nothing.children", "url", "pathname", "/").status_code == 400
    assert client.post("/_dash-update-component", json=[1]).status_code == 400
    assert client.post("/_dash-update-component", data="x").status_code == 400
    assert client.get("/data/values/2/nothing/2024/en").status_code == 404
    assert client.get("/data/values/2/iri/1066/en").status_code == 404


@pytest.mark.parametrize("host", ["evil.example", "", "localhost.evil.example", "[::1", "127.0.0.1.evil:80"])
def test_w10_foreign_hosts_are_refused(client, host):
    assert client.get("/login", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "/\\evil.example"])
def test_w10_signing_in_leads_to_local_pages_only(client, target):
    answer = client.post("/login", data={"name": "viewer", "password": PASSWORD, "next": target})
    assert answer.headers["Location"] == "/"
    assert client.get("/language/en", query_string={"next": target}).headers["Location"] == "/"
