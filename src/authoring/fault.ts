/** What an author gave cannot be used: one sentence a line that names the thing, the rule and the way out. */
export class AuthoringFault extends Error {}

/** What an author gave is not of the form that is asked for. */
export class FormFault extends AuthoringFault {}
