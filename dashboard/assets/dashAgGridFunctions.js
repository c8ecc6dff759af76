/* Filters of grids that words of the grid itself cannot say. */
(function () {
  "use strict";
  const functions = (window.dashAgGridFunctions = window.dashAgGridFunctions || {});
  const METRES = /(\d+)\s*k\s*\+?\s*(\d+(?:\.\d+)?)?/i;

  const metres = (text) => {
    const found = METRES.exec(text);
    return found ? Number(found[1]) * 1000 + Number(found[2] || 0) : null;
  };

  /* Whether a row's stretch holds the chainage asked for; any other text is looked for as it is. */
  functions.within = function (params) {
    const place = metres(params.filterText || "");
    const { from_m: from, to_m: to } = params.data;
    if (place === null || to === undefined) return String(params.value).toLowerCase().includes(params.filterText || "");
    return from <= place && place < to;
  };
})();
