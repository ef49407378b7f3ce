/** What answers questions, without the server: for benchmarks and tools. */
export { createApi, openApiDocument } from './api/app.ts'
export { createDashboardRoutes } from './api/dashboards.ts'
