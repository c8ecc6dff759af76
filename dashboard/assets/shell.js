/* The frame: marks the open page, keeps the language links on it, and leaves for the sign-in page when a session ends. */
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const plain = window.fetch;
  window.fetch = async function (...given) {
    const answer = await plain.apply(this, given);
    const address = typeof given[0] === "string" ? given[0] : given[0].url;
    if (answer.status === 401 && address.includes("_dash-update-component")) {
      window.location.assign(`/login?next=${encodeURIComponent(window.location.pathname)}`);
    }
    return answer;
  };
  // the arrow keys turn over enlarged frames; in a field or a switch they keep their own meaning
  document.addEventListener("keydown", function (event) {
    const name = { ArrowLeft: "frame-before", ArrowRight: "frame-after" }[event.key];
    const button = name && document.getElementById(name);
    if (button && !event.target.closest("input, select, textarea")) button.click();
  });
  clientside.pavement_shell = {
    mark: function (path) {
      for (const link of document.querySelectorAll("#nav .nav-link")) {
        const own = new URL(link.href).pathname;
        const open = own === path || (own === "/segments" && path.startsWith("/segment/")) || ["/models", "/plan", "/worklist"].some((name) => own === name && path.startsWith(`${name}/`));
        link.classList.toggle("active", open);
        if (open) link.setAttribute("aria-current", "page"); else link.removeAttribute("aria-current");
      }
      for (const link of document.querySelectorAll("#languages a")) {
        const to = new URL(link.href);
        to.searchParams.set("next", path);
        link.href = to.pathname + to.search;
      }
      const notice = document.getElementById("notice");
      if (notice) notice.hidden = true;
      return "nav";
    },
    // The ranks of the rows that pass the grid's filters, in the order shown, for the server to export and add up.
    shown: function (rows) {
      const none = clientside.no_update;
      if (!Array.isArray(rows)) return [none, none];
      return [rows.length ? rows.map((row) => row.rank).join(",") : "none", rows.length === 0];
    },
    // The cells that pass the grid's filters, in the order shown, and how many; nothing sent means all of them.
    shownCells: function (rows, words) {
      const none = clientside.no_update;
      if (!Array.isArray(rows)) return [none, none, none];
      const text = words.shown.replace("{count}", rows.length.toLocaleString("en"));
      return [rows.map((row) => row.cell).join(","), rows.length === 0, text];
    },
  };
})();
