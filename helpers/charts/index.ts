export { type Chart, type ChartAxis, type ChartSeries, chartSchema } from './chart.ts'
