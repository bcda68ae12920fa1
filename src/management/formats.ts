import type { Format } from 'ajv'

const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i

function isUrl(text: string): boolean {
  return URL.canParse(text)
}

/** A web address, or the placeholders and wildcards that a client's addresses may hold in their place. */
function isUrlWithPlaceholders(text: string): boolean {
  return hasScheme.test(text) && isUrl(text.replace(/\{[a-z_]+\}|\*/g, 'x'))
}

function isHttps(text: string): boolean {
  return text.startsWith('https://') && isUrl(text)
}

/** RFC 5321 §4.5.3.1.3 bounds it: the pattern takes the square of its length where it does not match. */
function isEmail(text: string): boolean {
  return text.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text)
}

const orEmpty =
  (rule: (text: string) => boolean) =>
  (text: string): boolean =>
    text === '' || rule(text)

const hostname = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/i
const ipv4 = /^(\d{1,3})(\.\d{1,3}){3}$/
const dateTime = /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})$/

/** What each `format` of the schemas lets through. Those of identifiers say how long one may be; whether there is such a thing the store tells. */
export const formats: Readonly<Record<string, Format>> = {
  'absolute-https-uri-or-empty': orEmpty(isHttps),
  'absolute-https-uri-with-placeholders-or-empty': orEmpty(
    (text) => text.startsWith('https://') && isUrlWithPlaceholders(text),
  ),
  'absolute-uri-or-empty': orEmpty(isUrl),
  acr: /^\S{1,250}$/,
  'callback-url': isUrlWithPlaceholders,
  cidr: (text) => /\/\d{1,2}$/.test(text) && ipv4.test(text.replace(/\/\d{1,2}$/, '')),
  'client-grant-id': /^\S{1,50}$/,
  'client-id': /^\S{1,128}$/,
  'connection-id': /^con_[A-Za-z0-9]{16}$/,
  'connection-profile-id': /^cop_[A-Za-z0-9]{1,64}$/,
  'connection-realm': /^.{1,128}$/,
  'credential-id': /^\S{1,64}$/,
  'date-time': (text) => dateTime.test(text) && !Number.isNaN(Date.parse(text)),
  'ec-initiate-login-uri-template-url': orEmpty((text) => text.startsWith('https://') && isUrlWithPlaceholders(text)),
  'email-or-empty': orEmpty(isEmail),
  hostname,
  'html-color': /^#([0-9a-f]{3}|[0-9a-f]{6})$/i,
  ipv4,
  ipv6: (text) => text.includes(':') && URL.canParse(`http://[${text}]/`),
  ipv6_cidr: (text) => /\/\d{1,3}$/.test(text) && URL.canParse(`http://[${text.replace(/\/\d{1,3}$/, '')}]/`),
  'log-stream-id': /^lst_[0-9]{16}$/,
  // A secret: any text. No refusal repeats it.
  password: true,
  'organization-discovery-domain-id': /^\S{1,64}$/,
  'organization-id': /^org_[A-Za-z0-9]{1,50}$/,
  'organization-name': /^[a-z0-9][a-z0-9_-]{0,49}$/,
  'strict-https-uri-or-null': isHttps,
  uri: isUrl,
  url: isUrl,
  'url-or-null': isUrl,
  'url-with-placeholders': isUrlWithPlaceholders,
  'user-attribute-profile-id': /^uap_[A-Za-z0-9]{1,64}$/,
}
