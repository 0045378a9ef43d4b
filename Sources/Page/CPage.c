#include "CPage.h"

#include <string.h>

// SwiftPM has no name for C23 yet; clang takes what we need of it in older C too.
#pragma clang diagnostic ignored "-Wc23-extensions"

// Each file is text, and ends with the NUL that `suffix` adds. Swagger UI is not ours: scripts/setup fetches it.
#define TEXT (const unsigned char[])

static const struct {
    const char *name;
    const unsigned char *text;
} files[] = {
    {"actions.js", TEXT{
#embed "assets/actions.js" suffix(, 0)
    }},
    {"api.js", TEXT{
#embed "assets/api.js" suffix(, 0)
    }},
    {"app.js", TEXT{
#embed "assets/app.js" suffix(, 0)
    }},
    {"chart.js", TEXT{
#embed "assets/chart.js" suffix(, 0)
    }},
    {"docs/index.html", TEXT{
#embed "assets/docs/index.html" suffix(, 0)
    }},
    {"docs/init.js", TEXT{
#embed "assets/docs/init.js" suffix(, 0)
    }},
    {"dom.js", TEXT{
#embed "assets/dom.js" suffix(, 0)
    }},
    {"events.js", TEXT{
#embed "assets/events.js" suffix(, 0)
    }},
    {"favicon.svg", TEXT{
#embed "assets/favicon.svg" suffix(, 0)
    }},
    {"index.html", TEXT{
#embed "assets/index.html" suffix(, 0)
    }},
    {"router.js", TEXT{
#embed "assets/router.js" suffix(, 0)
    }},
    {"scale.js", TEXT{
#embed "assets/scale.js" suffix(, 0)
    }},
    {"session.js", TEXT{
#embed "assets/session.js" suffix(, 0)
    }},
    {"style.css", TEXT{
#embed "assets/style.css" suffix(, 0)
    }},
    {"theme.js", TEXT{
#embed "assets/theme.js" suffix(, 0)
    }},
    {"time.js", TEXT{
#embed "assets/time.js" suffix(, 0)
    }},
    {"ui.js", TEXT{
#embed "assets/ui.js" suffix(, 0)
    }},
    {"views/backtest.js", TEXT{
#embed "assets/views/backtest.js" suffix(, 0)
    }},
    {"views/calendar.js", TEXT{
#embed "assets/views/calendar.js" suffix(, 0)
    }},
    {"views/editor.js", TEXT{
#embed "assets/views/editor.js" suffix(, 0)
    }},
    {"views/health.js", TEXT{
#embed "assets/views/health.js" suffix(, 0)
    }},
    {"views/heatgrid.js", TEXT{
#embed "assets/views/heatgrid.js" suffix(, 0)
    }},
    {"views/history.js", TEXT{
#embed "assets/views/history.js" suffix(, 0)
    }},
    {"views/incident.js", TEXT{
#embed "assets/views/incident.js" suffix(, 0)
    }},
    {"views/login.js", TEXT{
#embed "assets/views/login.js" suffix(, 0)
    }},
    {"views/machine.js", TEXT{
#embed "assets/views/machine.js" suffix(, 0)
    }},
    {"views/machines.js", TEXT{
#embed "assets/views/machines.js" suffix(, 0)
    }},
    {"views/now.js", TEXT{
#embed "assets/views/now.js" suffix(, 0)
    }},
    {"views/openrows.js", TEXT{
#embed "assets/views/openrows.js" suffix(, 0)
    }},
    {"views/rules.js", TEXT{
#embed "assets/views/rules.js" suffix(, 0)
    }},
    {"views/samplechart.js", TEXT{
#embed "assets/views/samplechart.js" suffix(, 0)
    }},
    {"views/sweepchart.js", TEXT{
#embed "assets/views/sweepchart.js" suffix(, 0)
    }},
    {"views/threshold.js", TEXT{
#embed "assets/views/threshold.js" suffix(, 0)
    }},
    {"views/timeline.js", TEXT{
#embed "assets/views/timeline.js" suffix(, 0)
    }},
    {"views/versions.js", TEXT{
#embed "assets/views/versions.js" suffix(, 0)
    }},
    {"views/webhooks.js", TEXT{
#embed "assets/views/webhooks.js" suffix(, 0)
    }},
#if __has_embed("../../.tools/swagger-ui/swagger-ui-bundle.js")
    {"docs/swagger-ui-bundle.js", TEXT{
#embed "../../.tools/swagger-ui/swagger-ui-bundle.js" suffix(, 0)
    }},
    {"docs/swagger-ui.css", TEXT{
#embed "../../.tools/swagger-ui/swagger-ui.css" suffix(, 0)
    }},
#endif
};

size_t cpage_count(void) {
    return sizeof files / sizeof files[0];
}

CPageFile cpage_file(size_t index) {
    const char *text = (const char *)files[index].text;
    return (CPageFile){files[index].name, files[index].text, strlen(text)};
}
