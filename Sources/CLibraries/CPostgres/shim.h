#pragma once
#include <libpq-fe.h>
// Numbers that libpq has as macros.
static const int penstock_field_sqlstate = PG_DIAG_SQLSTATE;
static const int penstock_field_severity = PG_DIAG_SEVERITY_NONLOCALIZED;
static const int penstock_field_message = PG_DIAG_MESSAGE_PRIMARY;
static const int penstock_field_detail = PG_DIAG_MESSAGE_DETAIL;
static const int penstock_field_hint = PG_DIAG_MESSAGE_HINT;
