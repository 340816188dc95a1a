/** Signs that act on a terminal, or turn what stands beside them around: what a file holds must not speak to it. */
export const NOT_TO_TERMINALS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;
