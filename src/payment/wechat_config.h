/* wechat_config.h - the merchant's settings: values in a group, keys among the secrets. */
#ifndef PAYMENT_WECHAT_CONFIG_H
#define PAYMENT_WECHAT_CONFIG_H

#include "payment/wechat_room.h"
#include "site/setting.h"

struct wechat_setting {
	bool on;                                /* false: the configuration's merchant, if it has one */
	struct text mchid, appid;
	struct text serial;                     /* of the merchant's certificate; from the certificate where it was given */
	struct text platform_serial;            /* PUB_KEY_ID_… of a public key */
};
extern const struct shape wechat_setting_shape;
extern const struct setting_group wechat_group;

#define WECHAT_KEY         "payment.wechat.key"
#define WECHAT_CERTIFICATE "payment.wechat.certificate"
#define WECHAT_APIV3       "payment.wechat.apiv3"
#define WECHAT_PLATFORM    "payment.wechat.platform"

/* Address and loopback of this site's mode; problem when a sandbox has no gateway. */
MUST problem wechat__place(struct serve *serve, struct arena *arena, struct wechat_config *ret);
/* May this merchant with this key be used in this site's mode? */
MUST problem wechat__fits_mode(const struct serve *serve, struct text merchant, struct text key_pem);

#endif
