import { X509Certificate } from 'node:crypto'

/** A signing certificate in the forms that verifiers ask for. */
export interface CertificateFormats {
  /** PEM, lines ended by CR LF, as Auth0 writes it. */
  readonly pem: string
  /** DER. */
  readonly der: Uint8Array
  /** The base64 of {@link der} in one line, without markers. */
  readonly raw: string
  /** PKCS #7, PEM: the certificate in a message that nobody signed. */
  readonly pkcs7: string
  /** SHA-1 in upper-case hexadecimal: it tells certificates apart and protects nothing. */
  readonly thumbprint: string
  /** {@link thumbprint} with a colon after every byte but the last. */
  readonly fingerprint: string
}

/** @param cert - PEM */
export function certificateFormats(cert: string): CertificateFormats {
  const { raw, fingerprint } = new X509Certificate(cert)
  return {
    pem: pem('CERTIFICATE', raw),
    der: raw,
    raw: raw.toString('base64'),
    pkcs7: pem('PKCS7', pkcs7(raw)),
    thumbprint: fingerprint.replaceAll(':', ''),
    fingerprint,
  }
}

/** RFC 7468 §2, with the line ends of RFC 1421. */
function pem(label: string, der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? []
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`].join('\r\n')
}

const signedDataType = Buffer.from('06092a864886f70d010702', 'hex')
const dataType = Buffer.from('06092a864886f70d010701', 'hex')
const versionOne = Buffer.from('020101', 'hex')
const noElements = Buffer.from('3100', 'hex')

/** RFC 2315 §9.1: signed data without content and without signers, there for its certificate. */
function pkcs7(certificate: Buffer): Buffer {
  const signedData = sequence(versionOne, noElements, sequence(dataType), element(0xa0, certificate), noElements)
  return sequence(signedDataType, element(0xa0, signedData))
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return element(0x30, Buffer.concat(parts))
}

/** X.690 §8.1: tag, length, content. */
function element(tag: number, content: Buffer): Buffer {
  const { length } = content
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content])
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content])
}
