/* address.c - everything is IPv6 inside, so that one comparison does for both families. */
#include "http/address.h"

#include <arpa/inet.h>
#include <stdio.h>

static const uint8_t v4_prefix[12] = { [10] = 0xFF, [11] = 0xFF };

static bool is_v4(struct address address)
{
	return !memcmp(address.bytes, v4_prefix, sizeof v4_prefix);
}

static struct address from_v4(const void *four)
{
	struct address address;

	memcpy(address.bytes, v4_prefix, sizeof v4_prefix);
	memcpy(address.bytes + 12, four, 4);
	return address;
}

struct address address_of(const struct sockaddr *socket)
{
	struct address address = { 0 };

	if (socket->sa_family == AF_INET)
		return from_v4(&((const struct sockaddr_in *)(const void *)socket)->sin_addr);
	if (socket->sa_family == AF_INET6)
		memcpy(&address, &((const struct sockaddr_in6 *)(const void *)socket)->sin6_addr, sizeof address);
	return address;
}

bool address_read(struct text t, struct address *ret)
{
	char copy[ADDRESS_TEXT_MAX];
	uint8_t four[4];

	if (t.length >= sizeof copy || !t.length || memchr(t.at, 0, t.length))
		return false;
	memcpy(copy, t.at, t.length);
	copy[t.length] = 0;
	if (inet_pton(AF_INET, copy, four) == 1) {
		*ret = from_v4(four);
		return true;
	}
	return inet_pton(AF_INET6, copy, ret->bytes) == 1;
}

struct text address_write(struct address address, char *out)
{
	if (is_v4(address))
		inet_ntop(AF_INET, address.bytes + 12, out, ADDRESS_TEXT_MAX);
	else
		inet_ntop(AF_INET6, address.bytes, out, ADDRESS_TEXT_MAX);
	return text_of(out);
}

bool address_is_loopback(struct address address)
{
	static const uint8_t one[16] = { [15] = 1 };

	return is_v4(address) ? address.bytes[12] == 127 : !memcmp(address.bytes, one, sizeof one);
}

bool address_to_socket(struct address address, int port, struct sockaddr_storage *ret, socklen_t *ret_length)
{
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	if (port < 0 || port > 65535)
		return false;
	*ret = (struct sockaddr_storage){ 0 };
	memcpy(&v4.sin_addr, address.bytes + 12, 4);
	memcpy(&v6.sin6_addr, address.bytes, 16);
	*ret_length = is_v4(address) ? sizeof v4 : sizeof v6;
	memcpy(ret, is_v4(address) ? (void *)&v4 : (void *)&v6, *ret_length);
	return true;
}

bool block_read(struct text t, struct block *ret)
{
	struct text name = text_cut(&t, '/');
	int64_t bits = 0;

	if (!address_read(name, &ret->address))
		return false;
	ret->bits = 128;
	if (!t.at)
		return true;
	if (!text_to_int(t, &bits) || bits < 0 || bits > (is_v4(ret->address) ? 32 : 128))
		return false;
	ret->bits = (int)bits + (is_v4(ret->address) ? 96 : 0);
	return true;
}

bool block_has(struct block block, struct address address)
{
	size_t whole = (size_t)block.bits / 8;
	int rest = block.bits % 8;
	uint8_t differ;

	if (memcmp(block.address.bytes, address.bytes, whole))
		return false;
	if (!rest)
		return true;
	differ = block.address.bytes[whole] ^ address.bytes[whole];
	return !(differ >> (8 - rest));
}

bool trusted_has(const struct trusted *trusted, struct address address)
{
	for (size_t i = 0; i < trusted->count; i++)
		if (block_has(trusted->blocks[i], address))
			return true;
	return false;
}

/* "1.2.3.4", "1.2.3.4:567", "2001:db8::1", "[2001:db8::1]:567" */
static bool read_forwarded(struct text t, struct address *ret)
{
	size_t end;

	if (t.length && t.at[0] == '[') {
		end = text_find_char(t, ']');
		return end != SIZE_MAX && address_read((struct text){ t.at + 1, end - 1 }, ret);
	}
	end = text_find_char(t, ':');
	if (end != SIZE_MAX && text_find_char(text_from(t, end + 1), ':') == SIZE_MAX)
		t = text_head(t, end);
	return address_read(t, ret);
}

/* The part behind the last comma; *list keeps what is before it, and becomes absent with the last one. */
static struct text cut_last(struct text *list)
{
	size_t at = list->length;
	struct text last;

	while (at && list->at[at - 1] != ',')
		at--;
	last = text_trim(text_from(*list, at));
	*list = at ? text_head(*list, at - 1) : (struct text){ 0 };
	return last;
}

/* False: the walk ends here. */
static bool walk_list(const struct trusted *trusted, struct text list, struct address *peer)
{
	while (list.at) {
		struct address before;

		if (!trusted_has(trusted, *peer) || !read_forwarded(cut_last(&list), &before))
			return false;
		*peer = before;
	}
	return true;
}

struct address trusted_peer(const struct trusted *trusted, const struct http_request *rq, struct address peer)
{
	for (size_t i = rq->header_count; i-- > 0;)
		if (text_eq_nocase(rq->headers[i].name, TEXT("x-forwarded-for")) &&
		    !walk_list(trusted, rq->headers[i].value, &peer))
			break;
	return peer;
}
