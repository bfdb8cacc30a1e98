package cloud

import (
	cdk "github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"
)

// dashboard shows every function on one page, in the manifest's order: how often
// it fails, and how long it takes.
func (b *builder) dashboard(s cdk.Stack) {
	names := []string{"the API: 5xx"}
	for _, f := range b.rows {
		names = append(names, f.Name)
	}
	var widgets []awscloudwatch.IWidget
	for _, name := range names {
		metrics := b.watched[name]
		left := metrics[:1]
		props := &awscloudwatch.GraphWidgetProps{Title: jsii.String(name), Width: jsii.Number(6), Height: jsii.Number(4), Left: &left}
		if right := metrics[1:]; len(right) > 0 {
			props.Right = &right
		}
		widgets = append(widgets, awscloudwatch.NewGraphWidget(props))
	}
	var page []*[]awscloudwatch.IWidget
	for len(widgets) > 0 {
		row := widgets[:min(4, len(widgets))]
		widgets = widgets[len(row):]
		page = append(page, &row)
	}
	awscloudwatch.NewDashboard(s, jsii.String("Dashboard"), &awscloudwatch.DashboardProps{
		DashboardName: jsii.String(b.stage.Physical("fleet")), DefaultInterval: cdk.Duration_Hours(jsii.Number(24)), Widgets: &page,
	})
}
