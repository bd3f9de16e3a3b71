export { exporterOn } from './exporter.ts'
export { type RequestFeed, startRequestFeed } from './request-feed.ts'
