/** What the tests use of express, which brings no types. */
declare module 'express' {
  export interface Request {
    readonly socket: import('node:net').Socket
    readonly auth?: { readonly payload: { readonly sub?: string } }
  }
  interface Response {
    json(body: object): void
  }
  export type Handler = (request: Request, response: Response, next: (error?: unknown) => void) => void
  interface Application {
    (request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse): void
    use(handler: Handler): void
    get(path: string, ...handlers: readonly Handler[]): void
  }
  // biome-ignore lint/style/noDefaultExport: it is how express is exported
  export default function express(): Application
}
