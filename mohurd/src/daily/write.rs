//! `…Build.xml` and `…Energy.xml`.

use super::{Building, Day, DayFault, GCE_PER_KWH_MILLI};
use crate::limits::TEXT_BYTES_MAX;
use crate::value::Value;
use crate::xml::{Writer, is_writable};

impl Day {
    /// Who the data centre is and what its buildings are.
    ///
    /// # Errors
    /// What is wrong with the day.
    pub fn build_xml(&self) -> Result<String, DayFault> {
        self.hours()?;
        self.check_texts()?;
        let mut writer = Writer::new("UTF-8");
        writer.within("root", &[], |writer| {
            self.common(writer);
            writer.within("data", &[], |writer| {
                let centre = &self.centre;
                writer.within("DataCenterBaseInfo", &[], |writer| {
                    writer.text("F_DataCenterID", &[], &centre.id.to_string());
                    writer.text("F_DataCenterName", &[], &centre.name);
                    // 1 is a data centre, 2 a relay.
                    writer.text("F_DataCenterType", &[], "1");
                    writer.text("F_DataCenterManager", &[], &centre.operator);
                    writer.text("F_DataCenterContact", &[], &centre.contact);
                    writer.text("F_DataCenterTel", &[], &centre.telephone);
                });
                for building in &self.buildings {
                    self.building(writer, building);
                }
            });
        });
        Ok(writer.finish())
    }

    /// Energy per building, item and hour.
    ///
    /// # Errors
    /// What is wrong with the day.
    pub fn energy_xml(&self) -> Result<String, DayFault> {
        let hours = self.hours()?;
        let mut writer = Writer::new("UTF-8");
        writer.within("root", &[], |writer| {
            self.common(writer);
            writer.within("data", &[], |writer| {
                for building in &self.buildings {
                    let own = hours.iter().filter(|((id, ..), _)| *id == building.id);
                    let own: Vec<_> = own.collect();
                    if own.is_empty() {
                        continue;
                    }
                    writer.within("Build", &[("id", building.id.as_str())], |writer| {
                        for ((id, item, start), hour) in own {
                            // 10 + 5 + 10 characters: the 25 of the table, and one per row.
                            let name = format!("{id}{item}{}", &start.to_string()[..10]);
                            // An hour after one of this calendar is one of it, too.
                            let end = start.plus_minutes(60).unwrap_or(*start);
                            writer.within("EnergyItemHourResult", &[], |writer| {
                                writer.text("F_HourResultID", &[], &name);
                                writer.text("F_EnergyItemCode", &[], item.as_str());
                                writer.text("F_StartHour", &[], &start.spaced());
                                writer.text("F_EndHour", &[], &end.spaced());
                                writer.text(
                                    "F_HourValue",
                                    &[],
                                    &Value::from_micro(hour.wh * 1000).written(4),
                                );
                                writer.text("F_HourEquValue", &[], &coal(hour.wh).written(4));
                                writer.text("F_State", &[], if hour.whole { "1" } else { "0" });
                            });
                        }
                    });
                }
            });
        });
        Ok(writer.finish())
    }

    fn common(&self, writer: &mut Writer) {
        writer.within("common", &[], |writer| {
            writer.text("UploadDataCenterID", &[], &self.centre.id.to_string());
            writer.text("CreateTime", &[], &self.created.spaced());
        });
    }

    fn building(&self, writer: &mut Writer, building: &Building) {
        writer.within("Build", &[("id", building.id.as_str())], |writer| {
            // `U`: known ones are changed, new ones added.
            writer.within("BuildBaseInfo", &[("operation", "U")], |writer| {
                writer.text("F_DataCenterID", &[], &self.centre.id.to_string());
                writer.text("F_BuildName", &[], &building.name);
                writer.text("F_BuildOwner", &[], &building.owner);
                // 1 is monitored.
                writer.text("F_State", &[], "1");
                writer.text("F_DistrictCode", &[], &building.id.as_str()[..6]);
                writer.text("F_BuildAddr", &[], &building.address);
                writer.text("F_BuildYear", &[], &building.year.to_string());
                writer.text("F_UpFloor", &[], &building.floors.0.to_string());
                writer.text("F_DownFloor", &[], &building.floors.1.to_string());
                writer.text("F_BuildFunc", &[], &building.purpose.to_string());
                writer.text("F_TotalArea", &[], &building.area_m2.to_string());
            });
        });
    }

    fn check_texts(&self) -> Result<(), DayFault> {
        let centre = &self.centre;
        let mut texts = vec![&centre.name, &centre.operator, &centre.contact, &centre.telephone];
        for building in &self.buildings {
            texts.extend([&building.name, &building.owner, &building.address]);
        }
        let good = |text: &&String| text.len() <= TEXT_BYTES_MAX && text.chars().all(is_writable);
        let purposes = self.buildings.iter().all(|building| building.purpose.is_ascii_uppercase());
        if texts.iter().all(good) && purposes { Ok(()) } else { Err(DayFault::Text) }
    }
}

/// Kilograms of standard coal, to four places, half up.
pub(super) fn coal(wh: i64) -> Value {
    // Wh × mg/Wh = mg; a hundred of them are one of the fourth place of a kilogram.
    let mg = wh * GCE_PER_KWH_MILLI / 1000;
    Value::from_micro((mg + 50) / 100 * 100)
}
