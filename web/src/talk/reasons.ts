// The rules by which a post is reported and hidden, in the order of their keys.
export const reasons = ["spam", "abuse", "illegal", "off_topic", "other"] as const;
