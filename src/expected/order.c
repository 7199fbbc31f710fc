/* The orders in which frameworks apply migrations. */
#include "expected/order.h"

#include <string.h>

#define DIGITS "0123456789"

/* Without leading zeros the longer number is the greater one. */
static int compare_digits(const char *a, size_t a_len, const char *b, size_t b_len)
{
    if (a_len != b_len)
        return a_len < b_len ? -1 : 1;
    return memcmp(a, b, a_len);
}

static int compare_dotted(const char *a, const char *b)
{
    for (;;) {
        size_t a_len = strspn(a, DIGITS), b_len = strspn(b, DIGITS);
        int order = compare_digits(a, a_len, b, b_len);
        bool a_ends = a[a_len] == '\0', b_ends = b[b_len] == '\0';
        if (order != 0 || (a_ends && b_ends))
            return order;
        if (a_ends || b_ends)
            return a_ends ? -1 : 1; /* parts of zero at the end are left out, so what follows is more */
        a += a_len + 1;
        b += b_len + 1;
    }
}

static bool is_number(const char *text, const char *chars)
{
    return *text >= '0' && *text <= '9' && text[strspn(text, chars)] == '\0';
}

int order_compare(enum order order, const char *a, const char *b)
{
    if (order == ORDER_TEXT || order == ORDER_PLACE)
        return strcmp(a, b);
    const char *chars = order == ORDER_DOTTED ? DIGITS "." : DIGITS;
    bool a_minus = order == ORDER_NUMBER && *a == '-', b_minus = order == ORDER_NUMBER && *b == '-';
    bool a_is = is_number(a + a_minus, chars), b_is = is_number(b + b_minus, chars);
    if (!a_is || !b_is)
        return a_is ? -1 : b_is ? 1 : strcmp(a, b);
    if (a_minus != b_minus)
        return a_minus ? -1 : 1;
    int digits = order == ORDER_DOTTED ? compare_dotted(a, b) : compare_digits(a + a_minus, strlen(a) - a_minus, b + b_minus, strlen(b) - b_minus);
    return a_minus ? -digits : digits;
}

bool order_tells(enum order order)
{
    return order != ORDER_PLACE;
}

void order_number(const char *digits, size_t len, struct buf *out)
{
    while (len > 1 && *digits == '0') {
        digits++;
        len--;
    }
    buf_add(out, len > 0 ? digits : "0", len > 0 ? len : 1);
}

bool order_fits(const char *number)
{
    static const char most[] = "9223372036854775807";
    return compare_digits(number, strlen(number), most, sizeof most - 1) <= 0;
}

bool order_dotted(const char *version, size_t len, struct buf *out)
{
    struct buf text = BUF_INIT;
    size_t kept = 0; /* as far as the last part that is not zero */
    for (size_t at = 0; at <= len; at++) {
        size_t digits = 0;
        while (at + digits < len && version[at + digits] >= '0' && version[at + digits] <= '9')
            digits++;
        bool separated = at + digits == len || version[at + digits] == '.' || version[at + digits] == '_';
        if (digits == 0 || !separated) {
            buf_done(&text);
            return false;
        }
        if (text.len > 0)
            buf_putc(&text, '.');
        size_t before = text.len;
        order_number(version + at, digits, &text);
        if (before == 0 || strcmp(buf_text(&text) + before, "0") != 0)
            kept = text.len;
        at += digits;
    }
    buf_add(out, buf_text(&text), kept);
    buf_done(&text);
    return true;
}
