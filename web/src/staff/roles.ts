export const roles = ["creator", "moderator", "finance", "analyst", "admin"] as const;
export type Role = (typeof roles)[number];
