package telegram

// words are Telegram Desktop's words for service messages, which exports have,
// by the member that the Bot API tells of them with; where it has none, the
// member's own name. https://core.telegram.org/bots/api#message
var words = map[string]string{
	"new_chat_members":                  "invite_members",
	"left_chat_member":                  "remove_members",
	"new_chat_title":                    "edit_group_title",
	"new_chat_photo":                    "edit_group_photo",
	"delete_chat_photo":                 "delete_group_photo",
	"group_chat_created":                "create_group",
	"supergroup_chat_created":           "create_channel",
	"channel_chat_created":              "create_channel",
	"message_auto_delete_timer_changed": "set_messages_ttl",
	"migrate_to_chat_id":                "migrate_to_supergroup",
	"migrate_from_chat_id":              "migrate_from_group",
	"pinned_message":                    "pin_message",
	"successful_payment":                "send_payment",
	"refunded_payment":                  "refunded_payment",
	"users_shared":                      "requested_peer",
	"chat_shared":                       "requested_peer",
	"connected_website":                 "allow_sending_messages",
	"write_access_allowed":              "allow_sending_messages",
	"passport_data":                     "send_passport_values",
	"proximity_alert_triggered":         "proximity_reached",
	"boost_added":                       "boost_apply",
	"chat_background_set":               "set_chat_wallpaper",
	"forum_topic_created":               "topic_created",
	"forum_topic_edited":                "topic_edit",
	"giveaway_created":                  "giveaway_launch",
	"giveaway_completed":                "giveaway_results",
	"video_chat_scheduled":              "group_call_scheduled",
	"video_chat_started":                "group_call",
	"video_chat_ended":                  "group_call",
	"video_chat_participants_invited":   "invite_to_group_call",
	"web_app_data":                      "send_webview_data",
	"gift":                              "send_star_gift",
	"unique_gift":                       "send_star_gift",
	"gift_upgrade_sent":                 "gift_upgrade_sent",
	"chat_owner_left":                   "chat_owner_left",
	"chat_owner_changed":                "chat_owner_changed",
	"checklist_tasks_done":              "todo_completions",
	"checklist_tasks_added":             "todo_append_tasks",
	"direct_message_price_changed":      "paid_messages_price_change",
	"paid_message_price_changed":        "paid_messages_price_change",
	"forum_topic_closed":                "topic_edit",
	"forum_topic_reopened":              "topic_edit",
	"general_forum_topic_hidden":        "topic_edit",
	"general_forum_topic_unhidden":      "topic_edit",
	"managed_bot_created":               "managed_bot_created",
	"poll_option_added":                 "poll_option_added",
	"poll_option_deleted":               "poll_option_deleted",
	"suggested_post_approved":           "suggested_post_approved",
	"suggested_post_approval_failed":    "suggested_post_approval_failed",
	"suggested_post_declined":           "suggested_post_declined",
	"suggested_post_paid":               "suggested_post_paid",
	"suggested_post_refunded":           "suggested_post_refunded",
}

// told is what an export calls a member that tells what a service message is
// about.
var told = map[string]string{
	"new_chat_members": "members",
	"left_chat_member": "members",
	"new_chat_title":   "title",
}

// service reads what makes a message a service message.
func (m *reader) service(key string, v []byte) bool {
	switch key {
	case "new_chat_participant", "new_chat_member", "left_chat_participant":
		return true // for old clients; said again by members of today
	}
	word, ok := words[key]
	if !ok {
		return false
	}
	m.events = append(m.events, word)
	switch key {
	case "pinned_message":
		m.refer(v)
		return true
	case "web_app_data":
		m.o.Text = str(member(v, "button_text"))
		m.details = append(m.details, labelled("data", str(member(v, "data"))))
		return true
	case "forum_topic_created":
		m.details = append(m.details, labelled("title", str(member(v, "name"))))
		return true
	case "forum_topic_edited":
		m.details = append(m.details, labelled("new_title", str(member(v, "name"))))
		return true
	}
	for _, about := range []string{"giveaway_message", "checklist_message", "poll_message", "suggested_post_message"} {
		m.refer(member(v, about))
	}
	label := key
	if l, ok := told[key]; ok {
		label = l
	}
	m.details = m.walk(m.details, label, v, 0)
	return true
}

// unknown keeps readable what the documentation of our time does not have.
func (m *reader) unknown(key string, v []byte) {
	if identifier(key) {
		m.strange = append(m.strange, key)
	}
	m.details = m.walk(m.details, key, v, 0)
}

const maxIdentifier = 64

// identifier tells Telegram's word for something from free text, which must
// not stand where no mask is looked for.
func identifier(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= maxIdentifier
}
