/* A photo of a report: sent alone while the rest is written; what it tells of the place is filled in, never sent along. */
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});

  async function send(file, texts) {
    const said = document.getElementById("report-said");
    said.className = "note";
    said.textContent = texts.sending;
    clientside.set_props("report-photo", { data: "" });
    let answer;
    let body = {};
    try {
      answer = await fetch("/reports/photos", { method: "POST", headers: { "Content-Type": "image/jpeg" }, body: file });
      body = await answer.json();
    } catch (fault) {
      said.className = "error";
      said.textContent = body.error || texts.failed;
      return;
    }
    if (!answer.ok) {
      said.className = "error";
      said.textContent = body.error || String(answer.status);
      return;
    }
    const picture = document.createElement("img");
    picture.src = URL.createObjectURL(file);
    picture.alt = file.name;
    document.getElementById("report-preview").replaceChildren(picture);
    clientside.set_props("report-photo", { data: body.photo });
    const form = document.getElementById("report-chainage");
    said.textContent = form ? body.said : file.name;
    if (!form) return;
    if (body.places.length) clientside.set_props("report-chainage", { value: body.places[0].chainage });
    // where two carriageways are near, the person says which: a phone's fix cannot
    if (body.places.length === 1) clientside.set_props("report-way", { value: body.places[0].way });
    if (body.day) clientside.set_props("report-day", { value: body.day });
  }

  clientside.pavement_report = {
    // A step without a note is refused: its buttons say so before they are pressed.
    wait: function (note) {
      const none = !(note || "").trim();
      return [none, none];
    },
    mount: function (texts) {
      const drop = document.getElementById("report-drop");
      if (!drop || drop.dataset.ready) return clientside.no_update;
      drop.dataset.ready = "yes";
      const input = document.createElement("input");
      input.type = "file";
      input.accept = "image/jpeg";
      input.id = "report-file";
      input.hidden = true;
      drop.append(input);
      document.getElementById("report-choose").addEventListener("click", () => input.click());
      input.addEventListener("change", () => { if (input.files[0]) send(input.files[0], texts); input.value = ""; });
      return clientside.no_update;
    },
  };
})();
