"use strict";
// Draws a map: each wording a point, pairs that compete joined, what is pointed at named beside it.
function drawMap(host, data) {
  const REACH = 10, MARGIN = 14, MOST = 40, STEP = 1.25, SIDE = 9999;
  const RADIUS = Math.min(3.5, Math.max(1.5, 130 / Math.sqrt(data.texts.length)));
  const [canvas, told] = [host.querySelector("canvas"), host.querySelector("p")];
  const pen = canvas.getContext("2d");
  const view = { zoom: 1, x: 0, y: 0 };  // what part of the whole is shown, its corner from 0 to 1
  let dragged = null;

  const sides = () => [canvas.clientWidth - 2 * MARGIN, canvas.clientHeight - 2 * MARGIN];
  const kept = (value) => Math.min(Math.max(value, 0), 1 - 1 / view.zoom);

  function at(point) {
    const [width, height] = sides();
    return [
      MARGIN + (data.x[point] / SIDE - view.x) * view.zoom * width,
      MARGIN + (data.y[point] / SIDE - view.y) * view.zoom * height,
    ];
  }

  function draw() {
    const scale = devicePixelRatio || 1;
    canvas.width = canvas.clientWidth * scale;
    canvas.height = canvas.clientHeight * scale;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.strokeStyle = "#888";
    pen.lineWidth = 1.5;
    pen.beginPath();
    for (const [first, second] of data.pairs) {
      pen.moveTo(...at(first));
      pen.lineTo(...at(second));
    }
    pen.stroke();
    data.texts.forEach((_, point) => {
      pen.fillStyle = data.colours[data.owners[point]];
      pen.beginPath();
      pen.arc(...at(point), RADIUS, 0, 2 * Math.PI);
      pen.fill();
    });
  }

  function nearest(event) {
    let best = -1, least = REACH * REACH;
    data.texts.forEach((_, point) => {
      const [x, y] = at(point);
      const away = (x - event.offsetX) ** 2 + (y - event.offsetY) ** 2;
      if (away < least) [best, least] = [point, away];
    });
    return best;
  }

  function name(event) {
    const point = nearest(event);
    told.hidden = point < 0;
    canvas.style.cursor = point < 0 ? "" : "pointer";
    if (point < 0) return;
    told.textContent = `${data.texts[point]} · ${data.entries[data.owners[point]]}`;
    const [x, y] = at(point);
    told.style.left = `${Math.max(0, Math.min(x + 12, host.clientWidth - told.offsetWidth))}px`;
    told.style.top = `${Math.max(0, Math.min(y + 12, host.clientHeight - told.offsetHeight))}px`;
  }

  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    const [width, height] = sides(), before = view.zoom;
    const more = event.deltaY < 0 ? STEP : 1 / STEP;
    view.zoom = Math.min(Math.max(before * more, 1), MOST);
    // What lies under the pointer stays there.
    const less = 1 / before - 1 / view.zoom;
    view.x = kept(view.x + (less * (event.offsetX - MARGIN)) / width);
    view.y = kept(view.y + (less * (event.offsetY - MARGIN)) / height);
    draw();
    name(event);
  }, { passive: false });
  canvas.addEventListener("pointerdown", (event) => {
    dragged = { x: event.offsetX, y: event.offsetY, from: { ...view }, far: false };
  });
  canvas.addEventListener("pointermove", (event) => {
    if (dragged === null || event.buttons === 0) {
      name(event);
      return;
    }
    const [width, height] = sides();
    const [right, down] = [event.offsetX - dragged.x, event.offsetY - dragged.y];
    dragged.far ||= Math.hypot(right, down) > RADIUS;
    view.x = kept(dragged.from.x - right / width / view.zoom);
    view.y = kept(dragged.from.y - down / height / view.zoom);
    draw();
  });
  canvas.addEventListener("pointerleave", () => { told.hidden = true; });
  canvas.addEventListener("click", (event) => {
    const point = dragged?.far ? -1 : nearest(event);
    dragged = null;
    if (point >= 0) {
      location.assign(`/faq?${new URLSearchParams({ entry: data.entries[data.owners[point]] })}`);
    }
  });
  new ResizeObserver(draw).observe(canvas);
}
