import { BarChart, FunnelChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, MarkAreaComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

/**
 * A plot of figures. The page has the same figures as a table with links, so the plot is a picture with a name, and
 * a click on a point or bar goes where the table's link goes.
 *
 * props: `{ kind: "line" | "bar" | "funnel", name, labels, values, shown, urls, band: [low, high] | null, share, young }`;
 * `values` are numbers or null (unknown: a gap, never 0), `shown` the same in words; `young` says of which points of a
 * line the value may still change: they are hollow, and the line to them is dashed.
 */
use([
  AriaComponent,
  BarChart,
  FunnelChart,
  GridComponent,
  LineChart,
  MarkAreaComponent,
  SVGRenderer,
  TooltipComponent,
]);

export async function mount(element, props) {
  const chart = init(element, null, { renderer: "svg" });
  const draw = () => chart.setOption(optionOf(props, colours(element)), { notMerge: true });
  draw();
  chart.on("click", ({ dataIndex }) => {
    const url = props.urls?.[dataIndex];
    if (url) location.assign(url);
  });
  new ResizeObserver(() => chart.resize()).observe(element);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true });
}

/** The colours of the tokens as the drawing library takes them. */
function colours(element) {
  const probe = document.createElement("canvas").getContext("2d");
  const style = getComputedStyle(element);
  const token = (name) => {
    probe.clearRect(0, 0, 1, 1);
    probe.fillStyle = style.getPropertyValue(name);
    probe.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = probe.getImageData(0, 0, 1, 1).data;
    return `rgba(${r},${g},${b},${a / 255})`;
  };
  return {
    text: token("--muted-foreground"),
    line: token("--primary"),
    grid: token("--border"),
    band: token("--tone-good"),
    card: token("--popover"),
    strong: token("--foreground"),
  };
}

function optionOf(props, colour) {
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  return {
    animation: !still,
    animationDuration: 250,
    aria: { enabled: true, label: { description: props.name } },
    textStyle: { fontFamily: "inherit", color: colour.text },
    tooltip: {
      trigger: props.kind === "line" ? "axis" : "item",
      renderMode: "richText",
      backgroundColor: colour.card,
      borderColor: colour.grid,
      textStyle: { color: colour.strong },
      formatter: (given) => {
        const { dataIndex } = Array.isArray(given) ? given[0] : given;
        return `${props.labels[dataIndex]}: ${props.shown[dataIndex]}`;
      },
    },
    ...(props.kind === "funnel" ? funnel(props, colour) : axes(props, colour)),
  };
}

function funnel(props, colour) {
  return {
    series: [
      {
        type: "funnel",
        sort: "none",
        left: "2%",
        width: "46%",
        top: 8,
        bottom: 8,
        gap: 3,
        itemStyle: { color: colour.line, borderWidth: 0 },
        label: {
          position: "right",
          color: colour.strong,
          formatter: ({ dataIndex: at }) => `${props.labels[at]}: ${props.shown[at]}`,
        },
        data: props.values.map((value, at) => ({
          value,
          name: props.labels[at],
          itemStyle: { color: paler(colour.line, at) }, // opacity would make the words paler, too
        })),
      },
    ],
  };
}

/** A colour of the form rgba(…), the paler the further down it stands. */
function paler(colour, at) {
  return colour.replace(/[^,]+\)$/, `${1 - at * 0.14})`);
}

/** Where an axis of shares ends: at 100 % at most, unless a share is larger, as net revenue retention may be. */
function topOfShares(max) {
  return max > 1 ? Math.ceil(max * 10) / 10 : Math.min(1, Math.max(0.1, Math.ceil(max * 11) / 10));
}

function axes(props, colour) {
  const lying = props.kind === "bar";
  const category = {
    type: "category",
    data: props.labels,
    inverse: lying,
    axisLine: { lineStyle: { color: colour.grid } },
    axisTick: { show: false },
    axisLabel: {
      color: colour.text,
      width: lying ? 110 : undefined,
      overflow: "truncate",
      hideOverlap: true,
    },
  };
  const value = {
    type: "value",
    min: 0,
    max: props.share ? ({ max }) => topOfShares(max) : undefined,
    splitNumber: 3,
    splitLine: { lineStyle: { color: colour.grid } },
    axisLabel: {
      color: colour.text,
      formatter: (number) => (props.share ? `${Math.round(number * 100)} %` : compact(number)),
    },
  };
  const young = props.young ?? [];
  const series = {
    type: lying ? "bar" : "line",
    data: props.values.map((value, at) => (young[at] ? null : value)),
    connectNulls: false,
    symbol: "circle",
    symbolSize: 7,
    barMaxWidth: 22,
    itemStyle: { color: colour.line, borderRadius: lying ? [0, 4, 4, 0] : 0 },
    lineStyle: { width: 2.5 },
    markArea: props.band
      ? { silent: true, itemStyle: { color: colour.band, opacity: 0.55 }, data: [bandOf(props)] }
      : undefined,
  };
  return {
    grid: { left: 8, right: 16, top: 16, bottom: 12, containLabel: true },
    xAxis: lying ? value : category,
    yAxis: lying ? category : value,
    series: young.includes(true) ? [unfinished(props, colour), series] : [series],
  };
}

/** The young points, and dashed lines to them from those beside them. */
function unfinished({ values, young }, colour) {
  const isNear = (at) => young[at] || young[at - 1] || young[at + 1];
  return {
    type: "line",
    data: values.map((value, at) => (isNear(at) ? { value, symbolSize: young[at] ? 9 : 0 } : null)),
    connectNulls: false,
    symbol: "circle",
    itemStyle: { color: colour.card, borderColor: colour.line, borderWidth: 2 },
    lineStyle: { color: colour.line, width: 2, type: "dashed" },
  };
}

function bandOf({ band: [low, high] }) {
  return [{ ...(low === null ? {} : { yAxis: low }) }, { ...(high === null ? {} : { yAxis: high }) }];
}

function compact(number) {
  return new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" }).format(number);
}
