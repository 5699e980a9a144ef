// Has the chat look as the page's address asks for, before it begins, and shows the line for other pages.
const { dataset, src } = document.getElementById("chat");
let line = `<script src="${src}" async`;
for (const [name, value] of new URLSearchParams(location.search)) {
  if (!/^[a-z]+$/.test(name)) continue;
  dataset[name] = value;
  line += ` data-${name}="${value.replaceAll("&", "&amp;").replaceAll('"', "&quot;")}"`;
}
if (dataset.dir) document.documentElement.dir = dataset.dir;
document.getElementById("line").textContent = `${line}></script>`;
