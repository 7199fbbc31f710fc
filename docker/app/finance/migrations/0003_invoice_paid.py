from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("finance", "0002_lines"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="paid",
            field=models.BooleanField(default=False),
        ),
    ]
