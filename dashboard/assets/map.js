/* The map of cells: MapLibre GL, one GeoJSON source sent once; colours change in the browser by feature state. */
(function () {
  "use strict";
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const NO_VALUE = "#a9b0b7";
  const LAND = "#f3f1ea";
  const state = { map: null, lib: null, cells: null, version: null, camera: null, values: null, asked: 0, hover: null };

  const get = async (url) => {
    const answer = await fetch(url, { credentials: "same-origin" });
    if (answer.status === 401) window.location.assign("/login?next=/");
    if (!answer.ok) throw new Error(`${answer.status} ${url}`);
    return answer.json();
  };

  const element = (tag, className, text) => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text !== undefined) node.textContent = text;
    return node;
  };

  async function library() {
    if (!state.lib) {
      const link = element("link");
      link.rel = "stylesheet";
      link.href = "/assets/vendor/maplibre/maplibre-gl.css";
      document.head.append(link);
      state.lib = await import("/assets/vendor/maplibre/maplibre-gl.mjs");
      state.lib.setWorkerUrl("/assets/vendor/maplibre/maplibre-gl-worker.mjs");
    }
    return state.lib;
  }

  function bounds(features) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (const feature of features) {
      for (const [x, y] of feature.geometry.coordinates) {
        box[0] = Math.min(box[0], x); box[1] = Math.min(box[1], y);
        box[2] = Math.max(box[2], x); box[3] = Math.max(box[3], y);
      }
    }
    return box;
  }

  function graticule(box) {
    const span = Math.max(box[2] - box[0], box[3] - box[1], 0.02);
    const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1].find((s) => span / s <= 6) || 2;
    const lines = [];
    const [x0, y0] = [Math.floor((box[0] - 3 * span) / step) * step, Math.floor((box[1] - 3 * span) / step) * step];
    for (let x = x0; x <= box[2] + 3 * span; x += step) {
      lines.push([[x, y0], [x, box[3] + 3 * span]]);
    }
    for (let y = y0; y <= box[3] + 3 * span; y += step) {
      lines.push([[x0, y], [box[2] + 3 * span, y]]);
    }
    return { type: "Feature", properties: {}, geometry: { type: "MultiLineString", coordinates: lines } };
  }

  // Lanes lie 3.7 m apart: at small scales they are drawn side by side, at large scales where they are.
  const sideways = ["interpolate", ["exponential", 2], ["zoom"], 9, ["*", ["get", "side"], 3.4], 13,
    ["*", ["get", "side"], 6.5], 15.5, ["*", ["get", "side"], 4], 17, 0];
  const width = (extra) => ["interpolate", ["linear"], ["zoom"], 9, 3 + extra, 13, 5.5 + extra, 17, 11 + extra, 20, 26 + extra];

  function style(cells, posts, box) {
    const font = ["sans"];
    const label = (size) => ({ "text-field": ["get", "label"], "text-font": font, "text-size": size, "text-anchor": ["get", "anchor"], "text-offset": ["array", "number", 2, ["get", "offset"]] });
    const halo = { "text-color": "#33475b", "text-halo-color": "#ffffff", "text-halo-width": 1.6 };
    return {
      version: 8,
      sources: {
        cells: { type: "geojson", data: cells, tolerance: 0, buffer: 64 },
        posts: { type: "geojson", data: posts },
        graticule: { type: "geojson", data: graticule(box) },
      },
      layers: [
        { id: "land", type: "background", paint: { "background-color": LAND } },
        { id: "graticule", type: "line", source: "graticule", paint: { "line-color": "#dedacd", "line-width": 1 } },
        { id: "casing", type: "line", source: "cells", layout: { "line-cap": "square" },
          paint: { "line-color": "#54606c", "line-width": width(1.4), "line-offset": sideways } },
        { id: "cells", type: "line", source: "cells", layout: { "line-cap": "butt" },
          paint: { "line-color": NO_VALUE, "line-width": width(0), "line-offset": sideways } },
        { id: "hover", type: "line", source: "cells", filter: ["==", ["get", "cell"], ""],
          paint: { "line-color": "#0b1f33", "line-width": width(5), "line-offset": sideways, "line-opacity": 0.85 } },
        { id: "post-dots", type: "circle", source: "posts", minzoom: 10,
          paint: { "circle-radius": ["case", ["get", "major"], 4, 2.6], "circle-color": "#ffffff", "circle-stroke-color": "#33475b", "circle-stroke-width": 1.4 } },
        { id: "posts", type: "symbol", source: "posts", minzoom: 11.3, filter: ["!=", ["get", "major"], true],
          layout: { ...label(11), "text-padding": 6 }, paint: halo },
        { id: "posts-major", type: "symbol", source: "posts", filter: ["==", ["get", "major"], true],
          layout: { ...label(13), "text-allow-overlap": false, "text-padding": 4 }, paint: halo },
      ],
    };
  }

  // North is always up: the map does not turn.
  const northArrow = (setup) => ({
    onAdd: () => {
      const node = element("div", "maplibregl-ctrl north", setup.texts.north_sign);
      node.setAttribute("role", "img");
      node.setAttribute("aria-label", setup.texts.north);
      node.title = setup.texts.north;
      return node;
    },
    onRemove: () => {},
  });

  async function open(node, setup) {
    if (state.map && state.map.getContainer() === node && state.version === setup.version) return state.map;
    if (state.map) { state.map.remove(); state.map = null; }
    const lib = await library();
    if (state.version !== setup.version || !state.cells) {
      [state.cells, state.posts] = await Promise.all([get(`/data/cells/${setup.version}`), get(`/data/posts/${setup.version}`)]);
      state.version = setup.version;
    }
    if (!document.body.contains(node)) return null;
    const features = state.cells.features;
    const box = features.length ? bounds(features) : [119.5, 21.8, 122.2, 25.4];
    const map = new lib.Map({
      container: node, style: style(state.cells, state.posts, box), attributionControl: false, dragRotate: false,
      pitchWithRotate: false, maxZoom: 20, localIdeographFontFamily: "'Noto Sans CJK TC', 'Microsoft JhengHei', sans-serif",
      locale: {
        "Map.Title": setup.texts.title,
        "NavigationControl.ZoomIn": setup.texts.zoom_in,
        "NavigationControl.ZoomOut": setup.texts.zoom_out,
      },
      ...(state.camera || { bounds: box, fitBoundsOptions: { padding: { top: 36, bottom: 44, left: 340, right: 110 } } }),
    });
    map.touchZoomRotate.disableRotation();
    map.addControl(new lib.NavigationControl({ showCompass: false }), "top-right");
    map.addControl(northArrow(setup), "top-right");
    map.addControl(new lib.ScaleControl({ maxWidth: 140 }), "bottom-right");
    map.on("moveend", () => { state.camera = { center: map.getCenter(), zoom: map.getZoom() }; });
    state.map = map;
    listen(map, setup);
    await new Promise((done) => (map.isStyleLoaded() ? done() : map.once("load", done)));
    return map;
  }

  const near = (map, point) => {
    const found = map.queryRenderedFeatures([[point.x - 5, point.y - 5], [point.x + 5, point.y + 5]], { layers: ["cells"] });
    if (found.length < 2) return found[0];
    const distance = (feature) => {
      const ends = feature.geometry.type === "LineString" ? feature.geometry.coordinates : feature.geometry.coordinates.flat();
      return Math.min(...ends.map((c) => { const p = map.project(c); return Math.hypot(p.x - point.x, p.y - point.y); }));
    };
    const exact = map.queryRenderedFeatures([point.x, point.y], { layers: ["cells"] });
    return exact[0] || found.sort((a, b) => distance(a) - distance(b))[0];
  };

  function listen(map, setup) {
    const tip = document.getElementById("map-tip");
    map.on("mousemove", (event) => {
      const feature = near(map, event.point);
      map.getCanvas().style.cursor = feature ? "pointer" : "";
      const cell = feature ? feature.properties.cell : "";
      if (cell !== state.hover) {
        state.hover = cell;
        map.setFilter("hover", ["==", ["get", "cell"], cell]);
      }
      if (!feature) { tip.hidden = true; return; }
      fill(tip, feature, setup);
      tip.hidden = false;
      const room = map.getContainer().getBoundingClientRect();
      tip.style.left = `${Math.min(event.point.x + 14, room.width - tip.offsetWidth - 8)}px`;
      tip.style.top = `${Math.min(event.point.y + 14, room.height - tip.offsetHeight - 8)}px`;
    });
    map.getCanvas().addEventListener("mouseleave", () => { tip.hidden = true; });
    map.on("click", (event) => {
      const feature = near(map, event.point);
      if (feature) clientside.set_props("url", { pathname: `/segment/${feature.properties.cell}` });
    });
  }

  const digits = (value, places) => (value === null || value === undefined ? "–"
    : value.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }));

  function fill(tip, feature, setup) {
    const now = state.values;
    tip.replaceChildren(element("div", "tip-place", feature.properties.place));
    if (!now) return;
    const at = feature.id;
    const value = now.values[at];
    const told = now.words ? now.words[value] : `${digits(value, now.digits)} ${now.unit}`;
    tip.append(element("div", "tip-value", value === null ? setup.texts.no_value : told));
    const surveyed = now.surveyed && now.surveyed[at];
    tip.append(element("div", "tip-name", surveyed ? now.label : `${now.label} · ${now.year_text}`));
    if (now.low && value !== null) {
      tip.append(element("div", "tip-more", `${setup.texts.band}: ${digits(now.low[at], now.digits)} – ${digits(now.high[at], now.digits)} ${now.unit}`));
    }
    if (now.quality && now.quality[at]) tip.append(element("div", "tip-more", `${setup.texts.quality}: ${now.quality[at]}`));
    if (surveyed) tip.append(element("div", "tip-more", `${setup.texts.surveyed}: ${surveyed}`));
  }

  const classOf = (value, breaks) => { let n = 0; while (n < breaks.length && value >= breaks[n]) n += 1; return n; };

  function colour(map, now) {
    now.values.forEach((value, id) => map.setFeatureState({ source: "cells", id }, { v: value === null ? null : value }));
    const steps = [now.colours[0]];
    now.breaks.forEach((b, i) => steps.push(b, now.colours[i + 1]));
    const colours = now.breaks.length ? ["step", ["feature-state", "v"], ...steps] : now.colours[0];
    map.setPaintProperty("cells", "line-color",
      ["case", ["==", ["typeof", ["feature-state", "v"]], "number"], colours, NO_VALUE]);
  }

  function wanted(choice) {
    const rules = ["all"];
    for (const name of ["route", "direction", "lane"]) {
      if (choice[name] && choice[name].length) rules.push(["in", ["get", name], ["literal", choice[name]]]);
    }
    return rules;
  }

  const shown = (feature, choice) => ["route", "direction", "lane"].every(
    (name) => !choice[name] || !choice[name].length || choice[name].includes(feature.properties[name]));

  function legend(now, choice, setup) {
    const node = document.getElementById("map-legend");
    const metres = new Array(now.colours.length).fill(0);
    let none = 0;
    for (const feature of state.cells.features) {
      if (!shown(feature, choice)) continue;
      const value = now.values[feature.id];
      if (value === null || value === undefined) none += feature.properties.length;
      else metres[classOf(value, now.breaks)] += feature.properties.length;
    }
    const total = metres.reduce((a, b) => a + b, none) || 1;
    const table = element("table");
    const row = (colour, text, length) => {
      const line = table.insertRow();
      const swatch = element("i", "swatch");
      swatch.style.background = colour;
      line.insertCell().append(swatch);
      line.append(element("td", "", text), element("td", "num", `${(length / 1000).toFixed(1)} km`),
        element("td", "num", `${Math.round((100 * length) / total)} %`));
    };
    now.classes.forEach((text, i) => row(now.colours[i], text, metres[i]));
    row(NO_VALUE, setup.texts.no_value, none);
    const head = element("div", "legend-title", now.title);
    const year = element("div", "legend-year", now.year_text);
    node.replaceChildren(head, year, table, element("div", "legend-note", now.note));
  }

  function say(text) {
    const node = document.getElementById("map-message");
    if (!node) return;
    node.textContent = text;
    node.hidden = !text;
  }

  clientside.pavement_map = {
    // Where the middle of a cell lies on the page, as drawn; null while there is no map.
    where: function (cell) {
      const feature = state.cells && state.cells.features.find((f) => f.properties.cell === cell);
      if (!feature || !state.map) return null;
      const ends = feature.geometry.coordinates;
      const [a, b] = [state.map.project(ends[0]), state.map.project(ends[ends.length - 1])];
      const long = Math.hypot(b.x - a.x, b.y - a.y) || 1;
      const shift = state.map.style.getLayer("cells").paint.get("line-offset").evaluate(feature, {}) || 0;
      const box = state.map.getContainer().getBoundingClientRect();
      return { x: box.x + (a.x + b.x) / 2 - (shift * (b.y - a.y)) / long, y: box.y + (a.y + b.y) / 2 + (shift * (b.x - a.x)) / long };
    },
    draw: function (kind, year, route, direction, lane, setup) {
      const asked = (state.asked += 1);
      const choice = { route, direction, lane };
      const run = async () => {
        const node = document.getElementById("map-canvas");
        if (!node || !kind || !year) return;
        say(state.map ? "" : setup.texts.loading);
        const map = await open(node, setup);
        if (!map) return;
        const key = `${setup.version}/${kind}/${year}/${setup.language}`;
        if (!state.values || state.values.key !== key) {
          const values = await get(`/data/values/${key}`);
          if (asked !== state.asked) return;
          state.values = { ...values, key };
        }
        colour(map, state.values);
        for (const layer of ["casing", "cells"]) map.setFilter(layer, wanted(choice));
        legend(state.values, choice, setup);
        say("");
        map.once("idle", () => { node.dataset.drawn = key; });
        map.triggerRepaint();
      };
      run().catch((fault) => {
        console.error(fault);
        const webgl = document.createElement("canvas").getContext("webgl2");
        say(webgl ? setup.texts.failed : setup.texts.no_webgl);
      });
      return clientside.no_update;
    },
  };
})();
