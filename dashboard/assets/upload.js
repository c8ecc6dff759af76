/* Sends a package to the server piece by piece, so that neither side holds it in memory, and can go on after a break. */
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const PIECE = 4 * 1024 * 1024;
  let stopped = false;

  const put = (url, piece, onProgress) => new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => done({ status: request.status, body: JSON.parse(request.responseText || "{}") });
    request.onerror = () => fail(new Error("network"));
    request.send(piece);
  });

  const post = async (url, content) => {
    const answer = await fetch(url, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(content) });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.error || String(answer.status));
    return body;
  };

  async function send(file, texts, show) {
    const { id } = await post("/uploads", { name: file.name, size: file.size });
    let at = 0;
    let tries = 0;
    while (at < file.size && !stopped) {
      try {
        const answer = await put(`/uploads/${id}?offset=${at}`, file.slice(at, at + PIECE), (loaded) => show(at + loaded));
        if (answer.status === 409) at = answer.body.received;
        else if (answer.status >= 400) throw Object.assign(new Error(answer.body.error || answer.status), { final: true });
        else at = answer.body.received;
        tries = 0;
      } catch (fault) {
        tries += 1;
        if (fault.final || tries > 5) throw fault;
        await new Promise((done) => setTimeout(done, 1000 * tries));
      }
      show(at);
    }
    if (stopped) {
      await fetch(`/uploads/${id}`, { method: "DELETE" });
      throw new Error(texts.stopped);
    }
    return post(`/uploads/${id}/done`, {});
  }

  async function start(file, setup) {
    const line = document.getElementById("upload-line");
    const bar = document.getElementById("upload-fill");
    const stop = document.getElementById("upload-stop");
    const megabytes = (n) => (n / 1048576).toFixed(1);
    document.getElementById("upload-bar").hidden = false;
    stopped = false;
    stop.hidden = false;
    line.className = "";
    bar.style.width = "0";
    // the report of the package before goes with the first word of the next
    clientside.set_props("upload-job", { data: null });
    try {
      if (file.size > setup.limit) throw new Error(setup.texts.too_large);
      const answer = await send(file, setup.texts, (sent) => {
        bar.style.width = `${(100 * sent) / Math.max(file.size, 1)}%`;
        line.textContent = `${file.name}: ${megabytes(sent)} / ${megabytes(file.size)} MB`;
      });
      line.textContent = `${file.name}: ${setup.texts.received}`;
      clientside.set_props("upload-job", { data: answer.job });
      // from here on the report below tells how far it is
      document.getElementById("upload-bar").hidden = true;
    } catch (fault) {
      line.className = "state-failed";
      line.textContent = `${file.name}: ${fault.message === "network" ? setup.texts.network : fault.message}`;
    }
    stop.hidden = true;
  }

  clientside.pavement_upload = {
    mount: function (setup) {
      const drop = document.getElementById("upload-drop");
      if (!drop || drop.dataset.ready) return clientside.no_update;
      drop.dataset.ready = "yes";
      const input = document.createElement("input");
      input.type = "file";
      input.accept = ".zip";
      input.id = "upload-file";
      drop.append(input);
      document.getElementById("upload-choose").addEventListener("click", () => input.click());
      document.getElementById("upload-stop").addEventListener("click", () => { stopped = true; });
      input.addEventListener("change", () => { if (input.files[0]) start(input.files[0], setup); input.value = ""; });
      drop.addEventListener("dragover", (event) => { event.preventDefault(); drop.classList.add("over"); });
      drop.addEventListener("dragleave", () => drop.classList.remove("over"));
      drop.addEventListener("drop", (event) => {
        event.preventDefault();
        drop.classList.remove("over");
        if (event.dataTransfer.files[0]) start(event.dataTransfer.files[0], setup);
      });
      return clientside.no_update;
    },
  };
})();
